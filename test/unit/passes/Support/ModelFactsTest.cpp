// Facts of a model survive the way through an attribute and its text.
#include "passes/Support/ModelFacts.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::fot;

namespace {
ModelFacts unusual() {
  ModelFacts facts;
  facts.name = "a \"quoted\" name\n";
  facts.architecture = "longllama";
  facts.hidden = 3200;
  facts.intermediate = 8640;
  facts.layers = 26;
  facts.heads = 32;
  facts.kvHeads = 8;
  facts.headDim = 100;
  facts.vocab = 32000;
  facts.rmsEps = 1e-6;
  facts.ropeTheta = 1.0 / 3;
  facts.context = 2048;
  facts.isFoT = true;
  facts.memPositionals = false;
  facts.memLayers = {6, 12, 18};
  facts.memDtype = "f16";
  facts.lastContext = 1024;
  facts.window = 512;
  facts.memoryMode = "topk";
  facts.topK = 5;
  facts.evicts = true;
  facts.bos = 1;
  facts.pad = 7;
  facts.eos = {2, 32000};
  facts.checkpoint = "/models/3b";
  return facts;
}

class ModelFactsTest : public testing::Test {
protected:
  OwningOpRef<ModuleOp> module() {
    return ModuleOp::create(UnknownLoc::get(&context));
  }
  /// The sentence about a module's facts.
  std::string refusal(ModuleOp module) {
    std::string sentence = "no error";
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      sentence = diagnostic.str();
      return success();
    });
    EXPECT_TRUE(failed(ModelFacts::of(module)));
    return sentence;
  }

  MLIRContext context;
};
} // namespace

TEST_F(ModelFactsTest, SurviveTheWayThroughText) {
  OwningOpRef<ModuleOp> written = module();
  DictionaryAttr attribute = unusual().toAttribute(&context);
  (*written)->setAttr(kModelFactsAttr, attribute);
  std::string text;
  llvm::raw_string_ostream stream(text);
  written->print(stream);

  OwningOpRef<ModuleOp> read = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(read);
  FailureOr<ModelFacts> facts = ModelFacts::of(*read);
  ASSERT_TRUE(succeeded(facts));
  EXPECT_EQ(facts->name, unusual().name);
  EXPECT_EQ(facts->headDim, 100);
  EXPECT_EQ(facts->ropeTheta, 1.0 / 3); // to the last bit
  EXPECT_EQ(facts->memLayers, unusual().memLayers);
  EXPECT_FALSE(facts->memPositionals);
  EXPECT_EQ(facts->eos, unusual().eos);
  EXPECT_EQ(facts->pad, 7);
  // Every fact: they make the same attribute again.
  EXPECT_EQ(facts->toAttribute(&context), attribute);
}

TEST_F(ModelFactsTest, NamesWhatIsMissing) {
  OwningOpRef<ModuleOp> bare = module();
  EXPECT_EQ(refusal(*bare), "expects the module attribute fot.model");

  Builder b(&context);
  NamedAttrList facts(unusual().toAttribute(&context));
  facts.erase("rope_theta");
  (*bare)->setAttr(kModelFactsAttr, facts.getDictionary(&context));
  EXPECT_NE(refusal(*bare).find("expects fot.model to have 'rope_theta'"),
            std::string::npos);

  facts.set("rope_theta", b.getStringAttr("10000"));
  (*bare)->setAttr(kModelFactsAttr, facts.getDictionary(&context));
  EXPECT_EQ(refusal(*bare),
            "expects fot.model to have 'rope_theta', found \"10000\"");
}
