// Own wordings; the trial's number chooses among them, so that cells of a table
// compare like with like.
#include "tools/fot/EvalFacts.h"

#include "tools/fot/EvalProse.h"

#include <array>
#include <cctype>

namespace fot::tool {

namespace {
/// `#` stands for the key or the value, `@` for a name.
struct Wording {
  const char *statement, *question, *answerStart;
};
/// Facts of one kind, and the values they may have.
struct Relation {
  Wording wording;
  std::array<const char *, 12> values;
};
} // namespace

static constexpr std::array kPasskeys{
    Wording{"The pass key is the number #. Remember it. # is the pass key.",
            "Which number is the pass key?", "The pass key is the number"},
    Wording{"Please note that the safe opens with the number #. Do not forget "
            "the number #, or the safe stays shut.",
            "With which number does the safe open?",
            "The safe opens with the number"},
    Wording{"On the back of the photograph somebody had written the number #. "
            "Yes, # was the number on the photograph.",
            "Which number was written on the back of the photograph?",
            "On the back of the photograph was the number"},
    Wording{"The ticket for the locker has the number #. Keep it well: without "
            "# nobody gets into the locker.",
            "Which number does the ticket for the locker have?",
            "The ticket for the locker has the number"},
};

static constexpr std::array kNames{
    "Miriam Holt",   "Anton Bergmann",  "Clara Whitfield", "Tobias Lund",
    "Edith Navarro", "Samuel Okafor",   "Ingrid Falk",     "Victor Almeida",
    "Helen Marsh",   "Rafael Costa",    "Nadia Petrov",    "Oscar Lindqvist",
    "Judith Klein",  "Martin Aldridge", "Teresa Vance",    "Conrad Pike",
    "Amelia Stone",  "Felix Hartmann",  "Rosa Delgado",    "Henry Caldwell",
    "Lydia Frost",   "Gustav Meyer",    "Paula Jensen",    "Walter Finch",
};

static constexpr std::array kRelations{
    Relation{{"@ lives in #.", "In which town does @ live?", "@ lives in"},
             {"Lisbon", "Vienna", "Bergen", "Dublin", "Krakow", "Geneva",
              "Seville", "Hamburg", "Toulouse", "Glasgow", "Prague", "Turin"}},
    Relation{{"@ plays the #.", "Which instrument does @ play?", "@ plays the"},
             {"cello", "trumpet", "harp", "flute", "clarinet", "accordion",
              "trombone", "viola", "banjo", "oboe", "mandolin", "drums"}},
    Relation{{"The favourite dish of @ is #.",
              "What is the favourite dish of @?", "The favourite dish of @ is"},
             {"risotto", "goulash", "lasagna", "paella", "ratatouille",
              "pancakes", "sushi", "moussaka", "chili", "dumplings", "couscous",
              "pizza"}},
    Relation{{"@ keeps a # as a pet.", "Which animal does @ keep as a pet?",
              "@ keeps a"},
             {"parrot", "tortoise", "ferret", "rabbit", "lizard", "hamster",
              "canary", "snake", "donkey", "goat", "peacock", "hedgehog"}},
};

static std::string fill(std::string_view pattern, std::string_view name,
                        std::string_view value) {
  std::string text;
  for (char c : pattern) {
    if (c == '@') {
      text += name;
    } else if (c == '#') {
      text += value;
    } else {
      text += c;
    }
  }
  return text;
}

static Fact makeFact(const Wording &wording, double depth,
                     std::string_view name, std::string value) {
  Fact fact;
  fact.depth = depth;
  fact.statement = fill(wording.statement, name, value);
  fact.question = fill(wording.question, name, value);
  fact.answerStart = fill(wording.answerStart, name, value);
  fact.answer = std::move(value);
  return fact;
}

static Fact makePasskey(uint64_t seed, uint64_t length, uint64_t trial,
                        double depth) {
  auto permille = static_cast<uint64_t>(depth * 1000 + 0.5);
  EvalRandom random{seed, length, trial, permille, 0x6b6579};
  return makeFact(kPasskeys[trial % kPasskeys.size()], depth, "",
                  std::to_string(10000 + random.below(90000)));
}

/// The numbers below `count`, shuffled.
static std::vector<size_t> shuffled(size_t count, EvalRandom &random) {
  std::vector<size_t> numbers(count);
  for (size_t i = 0; i < count; ++i) {
    size_t place = random.below(i + 1);
    numbers[i] = numbers[place];
    numbers[place] = i;
  }
  return numbers;
}

std::vector<Fact> makeFacts(EvalTask task, uint64_t seed, uint64_t length,
                            uint64_t trial, const std::vector<double> &depths) {
  std::vector<Fact> facts;
  if (task == EvalTask::Passkey) {
    facts.push_back(makePasskey(seed, length, trial, depths.front()));
    return facts;
  }
  EvalRandom random{seed, length, trial, 0x66616374};
  std::vector<size_t> names = shuffled(kNames.size(), random);
  std::array<std::vector<size_t>, kRelations.size()> values;
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = shuffled(kRelations[i].values.size(), random);
  }
  size_t first = random.below(kRelations.size());
  for (size_t i = 0; i < depths.size(); ++i) {
    size_t kind = (first + i) % kRelations.size();
    const Relation &relation = kRelations[kind];
    facts.push_back(
        makeFact(relation.wording, depths[i], kNames[names[i]],
                 relation.values[values[kind][i / kRelations.size()]]));
  }
  return facts;
}

size_t mostFacts(EvalTask task) {
  return task == EvalTask::Passkey ? 1 : kNames.size();
}

bool holdsAnswer(std::string_view text, std::string_view answer) {
  auto lower = [](char c) {
    return std::tolower(static_cast<unsigned char>(c));
  };
  auto inWord = [&](size_t i) {
    return i < text.size() && std::isalnum(static_cast<unsigned char>(text[i]));
  };
  for (size_t begin = 0; begin + answer.size() <= text.size(); ++begin) {
    bool same = true;
    for (size_t i = 0; same && i < answer.size(); ++i) {
      same = lower(text[begin + i]) == lower(answer[i]);
    }
    if (same && !(begin > 0 && inWord(begin - 1)) &&
        !inWord(begin + answer.size())) {
      return true;
    }
  }
  return false;
}

} // namespace fot::tool
