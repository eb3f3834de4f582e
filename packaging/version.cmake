# Writes OUTPUT, the one source file that knows the version, if it is another one than it was:
#   cmake -D SOURCE=... -D OUTPUT=.../version.cpp -P version.cmake
# The version is that of the file VERSION, and where git knows that this is not the commit tagged with it (v0.1.0), how many
# commits later and which: 0.1.0+12.gabcdef0, with .dirty where files differ. A tarball has no git and is what VERSION says.
file(STRINGS "${SOURCE}/VERSION" version LIMIT_COUNT 1)

function(git result)
  execute_process(COMMAND git -C "${SOURCE}" ${ARGN} OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                  RESULT_VARIABLE failed)
  if(failed)
    set(output "")
  endif()
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

# Not the repository of somebody who has unpacked a tarball inside it.
if(EXISTS "${SOURCE}/.git")
  git(described describe --tags --long --abbrev=7 --match "v${version}" --dirty=.dirty)
  if(described MATCHES "-([0-9]+)-(g[0-9a-f]+)(.*)$")
    if(NOT "${CMAKE_MATCH_1}${CMAKE_MATCH_3}" STREQUAL "0")
      string(APPEND version "+${CMAKE_MATCH_1}.${CMAKE_MATCH_2}${CMAKE_MATCH_3}")
    endif()
  else()
    git(count rev-list --count HEAD)
    git(commit describe --always --abbrev=7 --exclude=* --dirty=.dirty)
    if(count AND commit)
      string(APPEND version "+${count}.g${commit}")
    endif()
  endif()
endif()

file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT [=[
#include "controller/version.hpp"

namespace ballast {

const char* const program_version = "@version@";

}  // namespace ballast
]=])
