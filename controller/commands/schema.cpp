// `ballast schema`: the manifest's grammar, for editors, CI and people.
#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/manual/manifest_schema.hpp"

namespace ballast {

int run_schema(bool markdown) {
  return print(markdown ? manifest_reference() : manifest_schema()) ? exit_ok : exit_error;
}

}  // namespace ballast
