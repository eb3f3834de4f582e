# What is about to be made is not written down before it is made.
set(file controller/converge.cpp)
set(from [[if (auto saved = save_ownership(directory, owned, taken); !saved) return saved.error();]])
set(to [[]])
