// The table of pre-tokenizers. The expressions are those of the families'
// published tokenizers; what they match is a fact of the vocabularies.
#include "passes/Import/Tokenizer/PreTokenizers.h"

#include <algorithm>

namespace mlir::fot {

#define CONTRACTIONS                                                           \
  R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]))"
// Words with one leading mark, then numbers (the caller's), then the rest.
#define WORD R"([^\r\n\p{L}\p{N}]?\p{L}+)"
#define MARKS R"( ?[^\s\p{L}\p{N}]+[\r\n]*)"
#define SPACES R"(\s*[\r\n]+|\s+(?!\S)|\s+)"
// Words that begin with capitals and go on with small letters, or the reverse.
#define UPPER R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"
#define LOWER R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])"
#define CASED(suffix)                                                          \
  R"([^\r\n\p{L}\p{N}]?)" UPPER "*" LOWER "+" suffix                           \
  R"(|[^\r\n\p{L}\p{N}]?)" UPPER "+" LOWER "*" suffix
#define MARKS_SLASH R"( ?[^\s\p{L}\p{N}]+[\r\n/]*)"

const char *const gpt2Regex =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+)"
    R"(|\s+(?!\S)|\s+)";

static const char *const llama3Regex =
    CONTRACTIONS "|" WORD R"(|\p{N}{1,3}|)" MARKS "|" SPACES;
static const char *const qwen2Regex =
    CONTRACTIONS "|" WORD R"(|\p{N}|)" MARKS "|" SPACES;

// Letters of the scripts that have capitals.
static const char *const deepseekLetters =
    R"(\s?[)"
    R"(A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-)"
    R"(\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF}\x{370}-\x{373}\x{376}\x{377})"
    R"(\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1})"
    R"(\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556})"
    R"(\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}\x{13F8}-\x{13FD}\x{1C90}-)"
    R"(\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77})"
    R"(\x{1D79}-\x{1D9A}\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-)"
    R"(\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D})"
    R"(\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-)"
    R"(\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB}\x{1FE0}-)"
    R"(\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107})"
    R"(\x{210A}-\x{2113}\x{2115}\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128})"
    R"(\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139}\x{213C}-\x{213F}\x{2145}-)"
    R"(\x{2149}\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4})"
    R"(\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-)"
    R"(\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}\x{A78B}-\x{A78E})"
    R"(\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}\x{FF21}-)"
    R"(\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}\x{104B0}-\x{104D3})"
    R"(\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2})"
    R"(\x{118A0}-\x{118DF}\x{1E900}-\x{1E943})"
    R"(]+)";
static const char *const deepseekMarks =
    R"(\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F})"
    R"(\x{3000}-\x{3002}]+)";
static const char *const deepseekIdeographs =
    R"([\x{4E00}-\x{9FA5}\x{0800}-\x{4E00}\x{AC00}-\x{D7FF}]+)";
static const char *const falconMarks = R"([\p{P}\$\+<=>\^~\|`]+)";
static const char *const bloomWords =
    R"( ?[^(\s|.,!?\x{2026}\x{3002}\x{FF0C}\x{3001}\x{0964}\x{06D4}\x{060C})]+)";

static const std::vector<PreTokenizer> &table() {
  static const std::vector<PreTokenizer> families = {
      {{"default"},
       {R"([\p{P}\$\+<=>\^~\|]+)", gpt2Regex, R"(\p{N}+)", "[0-9][0-9][0-9]"}},
      {{"gpt-2", "phi-2", "mpt", "olmo", "jais", "jina-es", "jina-de",
        "jina-v2-es", "jina-v2-de", "jina-v2-code", "roberta-bpe", "gigachat",
        "trillion"},
       {gpt2Regex}},
      {{"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone",
        "minerva-7b"},
       {R"(\p{N})", gpt2Regex}},
      {{"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral",
        "midm-2.0", "lfm2"},
       {llama3Regex},
       /*ignoreMerges=*/true,
       /*addBos=*/true},
      {{"dbrx", "smaug-bpe", "chatglm-bpe"}, {llama3Regex}},
      {{"qwen2", "stablelm2", "deepseek-r1-qwen", "hunyuan", "megrez",
        "grok-2"},
       {qwen2Regex}},
      {{"deepseek-llm"},
       {R"([\r\n])", deepseekLetters, deepseekMarks, R"(\s+$)",
        deepseekIdeographs, R"(\p{N}+)"}},
      {{"deepseek-coder"},
       {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", deepseekIdeographs,
        R"(\p{N})"}},
      {{"deepseek-v3", "hunyuan-dense"},
       {R"(\p{N}{1,3})",
        R"([\x{4E00}-\x{9FA5}\x{3040}-\x{309F})"
        R"(\x{30A0}-\x{30FF}]+)",
        R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)"
        R"(|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|)" SPACES}},
      {{"falcon"}, {falconMarks, gpt2Regex, "[0-9][0-9][0-9]"}},
      {{"tekken"},
       {CASED("") R"(|\p{N}|)" MARKS_SLASH "|" SPACES},
       /*ignoreMerges=*/true,
       /*addBos=*/true},
      {{"gpt-4o", "llama4"},
       {CASED(CONTRACTIONS "?") R"(|\p{N}{1,3}|)" MARKS_SLASH "|" SPACES}},
      {{"seed-coder"},
       {CONTRACTIONS "|" WORD R"(|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|)" SPACES}},
      {{"poro-chat", "bloom", "gpt3-finnish"}, {bloomWords}},
      {{"viking"}, {bloomWords, R"(\p{N})"}},
  };
  return families;
}

const PreTokenizer *findPreTokenizer(std::string_view name) {
  for (const PreTokenizer &family : table()) {
    if (std::find(family.names.begin(), family.names.end(), name) !=
        family.names.end()) {
      return &family;
    }
  }
  return nullptr;
}

std::string knownPreTokenizers() {
  std::vector<std::string> names;
  for (const PreTokenizer &family : table()) {
    names.insert(names.end(), family.names.begin(), family.names.end());
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string &name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

} // namespace mlir::fot
