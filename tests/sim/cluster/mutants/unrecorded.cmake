# What is about to be made is not written down before it is made.
set(file controller/converge.cpp)
set(from [[if (auto saved = take(result.wanted, result.before); !saved) return saved;]])
set(to [[]])
