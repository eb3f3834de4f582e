# A dump of IPVS that fails is taken for an empty table.
set(file reconcilers/reconciler.cpp)
set(from [[if (!table) return table.error();]])
set(to [[if (!table) return observed;]])
