// What the text tests share: where real models lie, and how to read the
// tokenizer of one without the compiler.
#ifndef FOT_TEST_UNIT_RUNTIME_TEXT_TESTDATA_H
#define FOT_TEST_UNIT_RUNTIME_TEXT_TESTDATA_H

#include "passes/Import/Tokenizer/TokenizerImport.h"
#include "runtime/text/Tokenizer.h"

#include <optional>
#include <string>

namespace fot::rt::test {

/// Content of a file, or nothing.
std::optional<std::string> readFile(const std::string &path);
/// Content of a file of the shared data, e.g. "data/x", or nothing.
std::optional<std::string> readShared(const std::string &path);
/// The SmolLM2 file's tokenizer fields, or nothing if FOT_SMOLLM2_GGUF does not
/// name it.
std::optional<mlir::fot::GgufTokenizerFields> smolLm2Fields();

/// The reason that tests print when they cannot run.
extern const char *const noSmolLm2;
extern const char *const noOpenLlama;

/// A byte-level asset with the tokens a, b, c, d, e, " ", ab, abc, " a", the
/// control tokens <s> and </s> and the user-defined token <<x>>, in that order.
std::string smallBpe();

/// Creates the tokenizer, or fails the test.
std::unique_ptr<Tokenizer> makeTokenizer(std::string_view kind,
                                         std::string_view bytes);

} // namespace fot::rt::test

#endif
