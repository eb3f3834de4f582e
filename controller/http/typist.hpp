// Turns large values into text in a thread of its own: the status of 100,000 destinations takes half a second to write,
// which neither checks nor other requests shall wait for.
//
// Bounds: a few texts at a time; who asks for more gets 503.
// Threads: the loop's only; `make` runs in the other thread and must own what it reads.
#pragma once

#include <functional>
#include <memory>

#include "controller/http/routes.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast::http {

class Typist {
 public:
  explicit Typist(boost::asio::io_context& loop);
  /// Waits for what is being written; nobody gets it.
  ~Typist();
  Typist(const Typist&) = delete;
  Typist& operator=(const Typist&) = delete;

  void type(std::function<Response()> make, Respond respond);

 private:
  class Desk;
  std::unique_ptr<Desk> desk_;
};

}  // namespace ballast::http
