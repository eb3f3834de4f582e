# Who is both director and member programs its services on standby, too.
set(file model/render.cpp)
set(from [[conditions_.master_of.contains(group->header.name) || !is_member(pool)]])
set(to [[conditions_.master_of.contains(group->header.name) || true]])
