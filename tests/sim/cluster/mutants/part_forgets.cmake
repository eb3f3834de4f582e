# A look at some services forgets that it owns the others.
set(file reconcilers/ownership.cpp)
set(from [[  if (only) {
    for]])
set(to [[  if (only && only->size() > 1000) {
    for]])
