//===- CalibrationText.h - a text, questions, their loss --------*- C++ -*-===//
//
// A text in which facts are planted, and what a model whose memory has read it
// answers to questions about them.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_FOTC_CALIBRATE_CALIBRATIONTEXT_H
#define FOT_TOOLS_FOTC_CALIBRATE_CALIBRATIONTEXT_H

#include "tools/fot/EvalPrompts.h"

#include "runtime/session/Session.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <vector>

namespace mlir::fot {

/// What is planted: facts about people, and one number in a wording of its own.
struct PlantedFacts {
  uint64_t seed = 0;
  std::vector<double> depths;
  double passkeyDepth = 0;
  uint64_t passkeyWording = 0;

  size_t count() const { return depths.size() + 1; }
};

class CalibrationText {
public:
  /// Makes a text of `tokens` tokens for the model of `module`. About
  /// `localTokens` of them stay in the window, in front of each question.
  llvm::Error create(const std::shared_ptr<::fot::rt::Module> &module,
                     const ::fot::rt::Tokenizer &tokenizer,
                     const PlantedFacts &planted, uint64_t tokens,
                     uint64_t localTokens);
  /// Reads the text into an empty memory, in pieces of at most `window`
  /// tokens that attend to those before by the heads that are not muted.
  llvm::Error read(uint64_t window);
  /// Mean over the questions of the mean loss of the right answer's tokens, in
  /// nats. Asked after the text's end; the memory stays as it is.
  llvm::Expected<double> loss();
  ::fot::rt::Session &session() { return *reader; }

private:
  ::fot::rt::Status ask(const ::fot::tool::Prompt &prompt, double &loss);

  std::unique_ptr<::fot::rt::Session> reader;
  std::vector<::fot::tool::Prompt> prompts;
  uint64_t common = 0; // tokens that all prompts begin with
  uint64_t cut = 0;    // of these, tokens that go to memory
};

} // namespace mlir::fot

#endif
