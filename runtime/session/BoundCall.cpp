// Reads an entry's argument list once, so that calls only patch numbers.
#include "runtime/session/BoundCall.h"

#include "runtime/base/Checked.h"

#include <string>

namespace fot::rt {

static bool isCache(schema::Role role) {
  return role == schema::Role::WindowKeys ||
         role == schema::Role::WindowValues ||
         role == schema::Role::WindowRawKeys;
}

static std::vector<int64_t> dimsOf(const schema::Argument &argument) {
  if (!argument.dims()) {
    return {};
  }
  return {argument.dims()->begin(), argument.dims()->end()};
}

static Status wrong(const schema::Argument &argument,
                    const std::string &sentence) {
  std::string name =
      argument.name() && argument.name()->size() != 0
          ? argument.name()->str()
          : std::string("of role ") + schema::EnumNameRole(argument.role());
  return Status::failure("the argument " + name + " " + sentence);
}

Status CacheLayout::add(const schema::Entry &entry, uint64_t window) {
  for (uint32_t i = 0; entry.arguments() && i < entry.arguments()->size();
       ++i) {
    const schema::Argument &argument = *entry.arguments()->Get(i);
    if (!isCache(argument.role())) {
      continue;
    }
    std::vector<int64_t> dims = dimsOf(argument);
    if (argument.kind() != schema::ArgumentKind::Tensor || dims.size() != 3 ||
        dims[0] < 1 || dims[1] != static_cast<int64_t>(window) || dims[2] < 1) {
      return wrong(argument, "must be a tensor [heads, " +
                                 std::to_string(window) + ", head dimension]");
    }
    auto [position, isNew] =
        caches.try_emplace({argument.role(), argument.layer()},
                           Cache{size, argument.type(), dims});
    if (!isNew) {
      if (position->second.type != argument.type() ||
          position->second.dims != dims) {
        return wrong(argument, "has another shape or type than the same cache "
                               "in another entry point");
      }
      continue;
    }
    uint64_t bytes = elementBytes(argument.type());
    for (int64_t dim : dims) { // below 2^46, as the artifact's verifier saw
      bytes *= static_cast<uint64_t>(dim);
    }
    auto end = checkedAdd(size, alignUp(bytes, 64));
    if (!end) {
      return wrong(argument, "makes the window caches too large");
    }
    size = *end;
  }
  return Status();
}

uint64_t CacheLayout::offset(const schema::Argument &argument) const {
  return caches.at({argument.role(), argument.layer()}).offset;
}

StatusOr<BoundCall> BoundCall::bind(const EntryPoint &entry, Shape shape,
                                    uint32_t vocab, const CacheLayout &layout,
                                    std::byte *caches,
                                    std::span<const MemoryBank> banks) {
  BoundCall call;
  call.entry = &entry;
  std::string where = "the entry point '" + entry.schema->name()->str() + "'";
  const auto *arguments = entry.schema->arguments();
  for (uint32_t i = 0; arguments && i < arguments->size(); ++i) {
    FOT_RETURN_IF_ERROR(
        call.addArgument(*arguments->Get(i), vocab, layout, caches, banks)
            .at(where));
  }
  bool takesTokens = call.tokens >= 0 && call.logits >= 0 && call.position >= 0;
  bool takesAny = call.tokens >= 0 || call.logits >= 0 || call.position >= 0;
  if (shape.tokens ? !takesTokens : takesAny) {
    return Status::failure(
        where + (shape.tokens ? " must take Tokens, Logits and Position"
                              : " must not take Tokens, Logits or Position"));
  }
  if (shape.count != (call.count >= 0)) {
    return Status::failure(where + (shape.count ? " must take a Count"
                                                : " must not take a Count"));
  }
  if (shape.segment != (call.segment >= 0)) {
    return Status::failure(where + (shape.segment
                                        ? " must take a Segment"
                                        : " must not take a Segment"));
  }
  return call;
}

Status BoundCall::addArgument(const schema::Argument &argument, uint32_t vocab,
                              const CacheLayout &layout, std::byte *caches,
                              std::span<const MemoryBank> banks) {
  if (argument.kind() == schema::ArgumentKind::Memory) {
    for (const MemoryBank &bank : banks) {
      if (bank.layer() == static_cast<uint32_t>(argument.layer())) {
        memories.push_back(bank.view());
        noMemories.push_back(bank.emptyView());
      }
    }
    return Status();
  }
  int *place = nullptr;
  switch (argument.role()) {
  case schema::Role::Position:
    place = &position;
    break;
  case schema::Role::Count:
    place = &count;
    break;
  case schema::Role::Segment:
    place = &segment;
    break;
  case schema::Role::Tokens:
    place = &tokens;
    break;
  case schema::Role::Logits:
    place = &logits;
    break;
  default:
    break;
  }
  if (place && *place >= 0) {
    return wrong(argument, "has the role of an earlier one");
  }
  if (argument.kind() == schema::ArgumentKind::Scalar) {
    if (place != &position && place != &count && place != &segment) {
      return wrong(argument, "is a scalar, which its role cannot be");
    }
    *place = static_cast<int>(scalars.size());
    scalars.push_back(0);
    return Status();
  }
  std::vector<int64_t> dims = dimsOf(argument);
  fot_tensor tensor = {};
  for (size_t d = 0; d < dims.size(); ++d) {
    tensor.dims[d] = dims[d];
  }
  if (isCache(argument.role())) {
    tensor.data = caches + layout.offset(argument);
  } else if (place == &tokens) {
    if (argument.type() != schema::ElementType::I32 || dims.size() != 1) {
      return wrong(argument, "must be a tensor [n] of I32");
    }
  } else if (place == &logits) {
    if (argument.type() != schema::ElementType::F32 || dims.size() != 2 ||
        dims[1] != static_cast<int64_t>(vocab)) {
      return wrong(argument, "must be a tensor [r, " + std::to_string(vocab) +
                                 "] of F32");
    }
  } else {
    return wrong(argument, std::string("is a tensor of role ") +
                               schema::EnumNameRole(argument.role()) +
                               ", which a session cannot provide");
  }
  if (place) {
    *place = static_cast<int>(tensors.size());
  }
  tensors.push_back(tensor);
  return Status();
}

Status BoundCall::run(Module &module, void *workspace, DeviceMirror *mirror,
                      bool emptyMemories) const {
  fot_call call = {};
  call.workspace = workspace;
  call.tensors = tensors.data();
  call.scalars = scalars.data();
  call.memories = emptyMemories ? noMemories.data() : memories.data();
  return mirror ? module.callOnDevice(*entry, call, scalars.size(),
                                      memories.size(), *mirror)
                : module.call(*entry, call);
}

} // namespace fot::rt
