# epoch(RESULT SOURCE): the time that everything made is dated with: $SOURCE_DATE_EPOCH, else the newest commit's, else that
# of the file VERSION.
function(epoch result source)
  set(seconds "$ENV{SOURCE_DATE_EPOCH}")
  if(NOT seconds AND EXISTS "${source}/.git")
    execute_process(COMMAND git -C "${source}" log -1 --format=%ct OUTPUT_VARIABLE seconds OUTPUT_STRIP_TRAILING_WHITESPACE
                    ERROR_QUIET)
  endif()
  if(NOT seconds)
    file(TIMESTAMP "${source}/VERSION" seconds %s UTC)
  endif()
  set(${result} "${seconds}" PARENT_SCOPE)
endfunction()
