#include "controller/http/typist.hpp"

#include <exception>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "drivers/thread.hpp"

namespace ballast::http {
namespace {

constexpr int most_at_a_time = 4;

Response made(const std::function<Response()>& make) {
  try {
    return make();
  } catch (const std::exception& error) {  // out of memory
    return error_response(500, error.what());
  }
}

}  // namespace

class Typist::Desk {
 public:
  explicit Desk(boost::asio::io_context& loop) : loop_(loop) {
    boost::asio::post(pool_, [] { begin_thread("typist"); });
  }
  ~Desk() { pool_.join(); }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  void type(std::function<Response()> make, Respond respond) {
    if (*waiting_ >= most_at_a_time) return respond(error_response(503, "too many ask for this at once; ask again"));
    ++*waiting_;
    boost::asio::post(pool_, [this, make = std::move(make), respond = std::move(respond)]() mutable {
      auto response = std::make_shared<Response>(made(make));
      boost::asio::post(loop_, [waiting = waiting_, response, respond = std::move(respond)] {
        --*waiting;
        respond(std::move(*response));
      });
    });
  }

 private:
  boost::asio::io_context& loop_;
  std::shared_ptr<int> waiting_ = std::make_shared<int>(0);  // the loop's; an answer may come after the Desk's end
  boost::asio::thread_pool pool_{1};
};

Typist::Typist(boost::asio::io_context& loop) : desk_(std::make_unique<Desk>(loop)) {}

Typist::~Typist() = default;

void Typist::type(std::function<Response()> make, Respond respond) {
  desk_->type(std::move(make), std::move(respond));
}

}  // namespace ballast::http
