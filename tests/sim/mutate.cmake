# cmake -D MUTANT=mutants/x.cmake -D SOURCES=controller/vrrp -D OUTPUT=x.cpp -P mutate.cmake
# Writes a copy of one source file with one deliberate mistake. A mutant that does not fit the source any more is an error.
include(${MUTANT})
file(READ ${SOURCES}/${file} text)
string(FIND "${text}" "${from}" found)
if(found EQUAL -1)
  message(FATAL_ERROR "${MUTANT}: ${file} no longer contains: ${from}")
endif()
string(REPLACE "${from}" "${to}" text "${text}")
file(WRITE ${OUTPUT} "${text}")
