// Sentences are put together from patterns: a paragraph has a place, each of
// its sentences people, a time, and one of many things, so that texts of tens
// of thousands of tokens seldom repeat themselves word for word.
#include "tools/fot/EvalProse.h"

#include <array>
#include <cctype>
#include <cstring>

namespace fot::tool {

EvalRandom::EvalRandom(std::initializer_list<uint64_t> numbers) : state(0) {
  for (uint64_t number : numbers) {
    state = next() ^ number;
  }
  state = next();
}

uint64_t EvalRandom::next() {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

SentenceSource::~SentenceSource() = default;

// A pattern's letters: P a person, Q another one, L the paragraph's place,
// T a time, D something done, O a thing, A what a thing is like, W weather,
// R a remark. Everything else stands for itself.
static constexpr std::array kPatterns{
    "{T}, {P} {D} and then went back to {L}.",
    "{P} {D} while {Q} looked after {O}.",
    "It was {A}, but nobody at {L} minded, because {R}.",
    "{W}, and {P} said that {R}.",
    "There was {O} at {L}, {A} and seldom used.",
    "{P} had found {O} and wanted to know whose it was.",
    "Most people would have thrown {O} away; {P} kept it, since {R}.",
    "{T}, when {W}, {P} and {Q} sat together and talked about {O}.",
    "Everybody who came to {L} sooner or later asked about {O}.",
    "\"You will see that {R},\" said {P}, and {D}.",
    "{P} never hurried, and so {O} was finished only {T}.",
    "Behind {L} somebody had left {O}, and {Q} {D} before taking it home.",
    "What {P} liked best was {O}, which was {A}.",
    "Since {R}, {P} {D} twice and {Q} not at all.",
    "The way to {L} was {A}, and {T} one met only {P} there.",
    "{W}. {P} closed the shutters, and {Q} brought {O} inside.",
    "For years {P} had believed that {R}; {T} it turned out to be true.",
    "Without {O}, the work at {L} would have been {A}.",
    "{Q} asked for {O}, and {P} answered only that {R}.",
    "{T} the children ran past {L}, where {P} {D}.",
};
static constexpr std::array kPeople{
    "the baker",           "the ferryman",       "the old gardener",
    "the schoolteacher",   "a travelling clerk", "the watchmaker",
    "the miller's wife",   "the postman",        "an elderly fisherman",
    "the young carpenter", "the librarian",      "the innkeeper",
    "the beekeeper",       "a retired captain",  "the organist",
    "the stationmaster",   "the dressmaker",     "the night watchman",
    "the apothecary",      "a student of law",   "the lock keeper",
    "the piano tuner",
};
static constexpr std::array kPlaces{
    "the ferry landing",
    "the old mill",
    "the reading room",
    "the orchard",
    "the railway halt",
    "the fish market",
    "the boat shed",
    "the town hall",
    "the bakery",
    "the upper meadow",
    "the printing house",
    "the quarry",
    "the church tower",
    "the glasshouse",
    "the weather station",
    "the timber yard",
    "the inn",
    "the school",
};
static constexpr std::array kTimes{
    "in the early morning",
    "towards evening",
    "late in October",
    "on market days",
    "before the first frost",
    "after supper",
    "when the school was out",
    "at the end of a long winter",
    "around noon",
    "once the hay was in",
    "on the last Sunday of May",
    "during the night",
    "a week later",
    "in the hottest month",
    "long before sunrise",
    "as soon as the rain had stopped",
};
/// `O` is a thing.
static constexpr std::array kDeeds{
    "mended {O}",
    "wrote a long letter about {O}",
    "swept the floor around {O}",
    "made a drawing of {O}",
    "oiled and polished {O}",
    "carried {O} up the stairs",
    "looked everywhere for {O}",
    "put {O} on a shelf",
    "exchanged two sacks of flour for {O}",
    "painted {O} green",
    "took {O} apart and put it together again",
    "hung {O} on the wall to dry",
    "borrowed {O} from a neighbour",
    "stacked firewood beside {O}",
    "told the children a story about {O}",
    "wrapped {O} in an old newspaper",
    "bought {O} at the fair",
    "forgot {O} in the rain",
    "leaned against {O} and waited",
    "wondered what {O} might be worth",
};
static constexpr std::array kKinds{
    "wooden",  "rusty",    "painted", "heavy",    "broken",    "borrowed",
    "little",  "polished", "faded",   "crooked",  "antique",   "striped",
    "leather", "hollow",   "carved",  "lopsided", "brand-new", "patched",
    "dented",  "foreign",  "folding", "precious", "nameless",  "enormous",
};
static constexpr std::array kNouns{
    "barometer", "ladder",   "lantern",     "bicycle", "map",         "kettle",
    "violin",    "umbrella", "rowing boat", "chest",   "saddle",      "mirror",
    "telescope", "basket",   "bell",        "chair",   "notebook",    "saw",
    "birdcage",  "stove",    "wheelbarrow", "clock",   "curtain",     "gate",
    "pump",      "portrait", "scarf",       "globe",   "fishing rod", "churn",
    "sundial",   "trunk",    "weathervane", "loom",    "suitcase",    "anvil",
};
static constexpr std::array kQualities{
    "narrow and rather steep",
    "older than anyone could tell",
    "damp for most of the year",
    "covered with dust",
    "heavier than it looked",
    "quiet, almost solemn",
    "too warm in summer",
    "the pride of the whole street",
    "smaller than in the picture",
    "slow and full of pauses",
    "of little use to strangers",
    "cheerful in spite of the cold",
    "well known up and down the river",
    "more trouble than it was worth",
    "bright and freshly painted",
    "hard to find in the fog",
};
static constexpr std::array kWeather{
    "the wind had turned to the east",
    "snow lay on the roofs",
    "fog came up from the river",
    "the heat had lasted for weeks",
    "rain drummed on the tin roof",
    "a thin frost covered the grass",
    "thunder could be heard far away",
    "the sky was clear and pale",
    "the river stood high",
    "swallows flew low over the fields",
    "the evening was mild",
    "clouds hung over the hills",
};
static constexpr std::array kRemarks{
    "good tools last longer than their owners",
    "bread tastes best on the second day",
    "the river forgets nothing",
    "a garden is never finished",
    "one learns more from a walk than from a speech",
    "a house without {O} is only half a house",
    "the best stories are told while waiting",
    "a good neighbour is worth a long road",
    "every clock is wrong in its own way",
    "nobody in the family had ever owned {O}",
    "nothing is lost in a tidy house",
    "music carries further over water",
    "there is a right way to carry {O}",
    "even {O} can outlive its maker",
    "honey keeps for a hundred years",
    "cats choose their people, and not the other way round",
};

namespace {
class Prose : public SentenceSource {
public:
  explicit Prose(uint64_t seed) : random({seed, 0x70726f7365}) {
    startParagraph();
  }

  std::string next() override {
    std::string sentence = fill(pickPattern());
    bool first = true;
    for (size_t i = 0; i < sentence.size(); ++i) {
      char &c = sentence[i];
      if (first && std::isalpha(static_cast<unsigned char>(c))) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        first = false;
      }
      first = first || (c == '.' && i + 2 < sentence.size());
    }
    if (--left == 0) {
      startParagraph();
      return sentence + "\n\n";
    }
    return sentence + " ";
  }

private:
  template <size_t N>
  const char *pick(const std::array<const char *, N> &choices) {
    return choices[random.below(N)];
  }

  void startParagraph() {
    place = pick(kPlaces);
    left = 4 + random.below(5);
  }

  /// Not one of the last few.
  const char *pickPattern() {
    size_t index = 0;
    do {
      index = random.below(kPatterns.size());
    } while ((recent >> index & 1) != 0);
    recent |= 1u << index;
    if (++numRecent == 6) {
      recent = numRecent = 0;
    }
    return kPatterns[index];
  }

  std::string fill(std::string_view pattern) {
    std::string text;
    const char *person = pick(kPeople), *other = person;
    while (other == person) {
      other = pick(kPeople);
    }
    expand(pattern, person, other, text);
    return text;
  }

  void expand(std::string_view pattern, const char *person, const char *other,
              std::string &text) {
    for (size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '{') {
        text += pattern[i];
        continue;
      }
      if (pattern[i + 1] == 'O') {
        text += thing();
      } else {
        expand(word(pattern[i + 1], person, other), person, other, text);
      }
      i += 2;
    }
  }

  std::string thing() {
    const char *kind = pick(kKinds);
    const char *article = random.below(2) == 0          ? "the "
                          : std::strchr("aeiou", *kind) ? "an "
                                                        : "a ";
    return std::string(article) + kind + " " + pick(kNouns);
  }

  const char *word(char kind, const char *person, const char *other) {
    switch (kind) {
    case 'P':
      return person;
    case 'Q':
      return other;
    case 'L':
      return place;
    case 'T':
      return pick(kTimes);
    case 'D':
      return pick(kDeeds);
    case 'A':
      return pick(kQualities);
    case 'W':
      return pick(kWeather);
    default:
      return pick(kRemarks);
    }
  }

  EvalRandom random;
  const char *place = nullptr;
  uint64_t left = 0; // sentences of this paragraph
  uint32_t recent = 0, numRecent = 0;
};

class SentencesOf : public SentenceSource {
public:
  SentencesOf(std::vector<std::string> sentences, size_t first)
      : sentences(std::move(sentences)), at(first) {}

  std::string next() override {
    std::string sentence = sentences[at];
    at = (at + 1) % sentences.size();
    return sentence;
  }

private:
  std::vector<std::string> sentences;
  size_t at;
};
} // namespace

std::unique_ptr<SentenceSource> makeProse(uint64_t seed) {
  return std::make_unique<Prose>(seed);
}

/// One past the sentence that begins at `begin`, white space behind included.
static size_t endOfSentence(std::string_view text, size_t begin) {
  auto isSpace = [&](size_t i) {
    return std::isspace(static_cast<unsigned char>(text[i])) != 0;
  };
  size_t end = begin;
  while (end < text.size() && text[end] != '\n') {
    bool stop = text[end] == '.' || text[end] == '!' || text[end] == '?';
    ++end;
    if (stop && (end == text.size() || isSpace(end))) {
      break;
    }
  }
  while (end < text.size() && isSpace(end)) {
    ++end;
  }
  return end;
}

std::unique_ptr<SentenceSource> makeSentencesOf(std::string_view text,
                                                uint64_t seed) {
  std::vector<std::string> sentences;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = endOfSentence(text, begin);
    std::string sentence(text.substr(begin, end - begin));
    if (sentence.find_first_not_of(" \t\r\n") != std::string::npos) {
      sentences.push_back(std::move(sentence));
    }
    begin = end;
  }
  if (sentences.empty()) {
    return nullptr;
  }
  if (!std::isspace(static_cast<unsigned char>(sentences.back().back()))) {
    sentences.back() += "\n\n";
  }
  size_t first = EvalRandom{seed}.below(sentences.size());
  return std::make_unique<SentencesOf>(std::move(sentences), first);
}

} // namespace fot::tool
