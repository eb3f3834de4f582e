# However much a manifest takes away, it comes into force.
set(file controller/runtime/manifests.cpp)
set(from [[if (!too_much.empty()) {]])
set(to [[if (too_much == "-") {]])
