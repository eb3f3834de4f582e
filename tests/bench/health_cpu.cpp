// The health checks of `ballast run` by themselves: schedule, probes, verdicts, without a kernel to program:
// health_cpu MANIFEST NODE. Runs until it is killed.
#include <cstdio>

#include <boost/asio/io_context.hpp>

#include "controller/health/plane.hpp"
#include "controller/node.hpp"

int main(int argc, char** argv) {
  using namespace ballast;
  if (argc != 3) return 2;
  const ReadOutcome outcome = load_manifest({argv[1]});
  for (const Diagnostic& diagnostic : outcome.diagnostics) std::fprintf(stderr, "%s\n", diagnostic.text().c_str());
  if (!outcome.diagnostics.empty()) return 2;
  boost::asio::io_context loop;
  const StateDir directory("/run");
  std::size_t changes = 0;
  health::Plane plane(loop, directory,
                      {[&] { ++changes; }, [](const health::Event&) {},
                       [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }});
  plane.update(outcome.manifest, argv[2], nullptr);
  plane.begin();
  loop.run();
}
