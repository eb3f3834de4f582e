// The netlink socket against a scripted kernel: the test holds the other end and queues the answers.
#include <cerrno>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include "drivers/netlink_socket.hpp"
#include "drivers/network_codec.hpp"
#include "tests/unit/scripted_kernel.hpp"

namespace {

using namespace ballast;

using Seen = std::vector<std::string>;

/// The payloads that a dump shows, "restart" wherever it starts; `errnum` is its result.
Seen dump(ScriptedKernel& kernel, int& errnum) {
  Seen seen;
  Message request;
  request.begin(RTM_GETLINK, 0);
  kernel.run();
  errnum = kernel.socket.dump(
      request, [&] { seen.emplace_back("restart"); },
      [&](nlmsghdr& header) {
        seen.emplace_back(static_cast<const char*>(nlmsg_data(&header)),
                          static_cast<std::size_t>(nlmsg_datalen(&header)));
        return seen.back() != "bad!";
      });
  return seen;
}

/// A command that every kernel refuses: there is no such device, or no permission.
Message refused_command() {
  Message message;
  static const AddressKey key{"none", *Prefix::parse("192.0.2.1/32")};
  REQUIRE(put_write(message.begin(RTM_DELADDR, 0), AddressWrite{Verb::remove, &key, nullptr}, 0x7fffff00));
  return message;
}

}  // namespace

TEST_CASE("netlink: a dump in several datagrams is complete at its end") {
  ScriptedKernel kernel;
  kernel.answer(1, RTM_NEWLINK, NLM_F_MULTI, "one1");
  kernel.answer_as(77, 1, RTM_NEWLINK, NLM_F_MULTI, "late");
  kernel.answer(1, RTM_NEWLINK, NLM_F_MULTI, "two2");
  kernel.answer_done(1, 0);
  int errnum = 0;
  CHECK(dump(kernel, errnum) == Seen{"restart", "one1", "two2"});
  CHECK(errnum == 0);
}

TEST_CASE("netlink: a dump that was interrupted is asked again, and forgets what it saw") {
  ScriptedKernel kernel;
  kernel.answer(1, RTM_NEWLINK, NLM_F_MULTI | NLM_F_DUMP_INTR, "old1");
  kernel.answer_done(1, 0);
  kernel.answer(2, RTM_NEWLINK, NLM_F_MULTI, "new1");
  kernel.answer_done(2, 0, NLM_F_DUMP_INTR);
  kernel.answer(3, RTM_NEWLINK, NLM_F_MULTI, "new2");
  kernel.answer_done(3, 0);
  int errnum = 0;
  CHECK(dump(kernel, errnum) == Seen{"restart", "old1", "restart", "new1", "restart", "new2"});
  CHECK(errnum == 0);
}

TEST_CASE("netlink: a dump that is interrupted again and again is an error, not a table") {
  ScriptedKernel kernel;
  for (std::uint32_t attempt = 1; attempt <= dump_restarts + 1; ++attempt) {
    kernel.answer_done(attempt, 0, NLM_F_DUMP_INTR);
  }
  int errnum = 0;
  CHECK(dump(kernel, errnum).size() == dump_restarts + 1);
  CHECK(errnum == EAGAIN);
}

TEST_CASE("netlink: a dump that fails half way, at its start or in its form is an error") {
  int errnum = 0;
  SUBCASE("half way") {
    ScriptedKernel kernel;
    kernel.answer(1, RTM_NEWLINK, NLM_F_MULTI, "one1");
    kernel.answer_done(1, -ENOMEM);
    dump(kernel, errnum);
    CHECK(errnum == ENOMEM);
  }
  SUBCASE("at its start") {
    ScriptedKernel kernel;
    kernel.answer_error(1, EPERM);
    dump(kernel, errnum);
    CHECK(errnum == EPERM);
  }
  SUBCASE("a part that cannot be read") {
    ScriptedKernel kernel;
    kernel.answer(1, RTM_NEWLINK, NLM_F_MULTI, "bad!");
    kernel.answer(1, RTM_NEWLINK, NLM_F_MULTI, "good");
    kernel.answer_done(1, 0);
    CHECK(dump(kernel, errnum) == Seen{"restart", "bad!"});
    CHECK(errnum == EBADMSG);
  }
  SUBCASE("no whole message") {
    ScriptedKernel kernel;
    kernel.answer_raw(1, "shorter");
    kernel.answer(1, NLMSG_ERROR, 0, "xy");
    dump(kernel, errnum);
    CHECK(errnum == EBADMSG);
  }
  SUBCASE("the other end goes away in the middle") {
    ScriptedKernel kernel;
    kernel.answer(1, RTM_NEWLINK, NLM_F_MULTI, "one1");
    kernel.hang_up_after(1);
    CHECK(dump(kernel, errnum) == Seen{"restart", "one1"});
    CHECK(errnum == ENOTCONN);
  }
  SUBCASE("its end does not come") {
    ScriptedKernel kernel;
    CHECK(kernel.reply_timeout.tv_sec == reply_timeout_seconds);
    kernel.answer(1, RTM_NEWLINK, NLM_F_MULTI, "one1");
    CHECK(dump(kernel, errnum) == Seen{"restart", "one1"});
    CHECK(errnum == ETIMEDOUT);
  }
}

TEST_CASE("netlink: the kernel's words about a refusal are kept") {
  ScriptedKernel kernel;
  nlmsgerr error{};
  error.error = -EINVAL;
  std::string payload(reinterpret_cast<const char*>(&error), sizeof error);
  const nlattr attribute{NLA_HDRLEN + 8, NLMSGERR_ATTR_MSG};
  payload.append(reinterpret_cast<const char*>(&attribute), sizeof attribute).append("no such\0", 8);
  kernel.answer(1, NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED, payload);
  int errnum = 0;
  dump(kernel, errnum);
  CHECK(errnum == EINVAL);
  CHECK(kernel.socket.kernel_words() == "no such");
}

TEST_CASE("netlink: each answer of a batch belongs to its own command") {
  ScriptedKernel kernel;
  kernel.answer_error(2, EEXIST);
  kernel.answer_error(3, ENOENT);
  kernel.answer_error(4, 0);
  kernel.run();
  const Message command = refused_command();
  Batch batch(kernel.socket, 5);
  batch.add(command);
  batch.add_result(ENODEV);
  batch.add(command);
  batch.add(command);
  batch.add(command);
  CHECK(batch.finish() == std::vector<int>{0, ENODEV, EEXIST, ENOENT, 0});
  CHECK_FALSE(batch.broken());
}

TEST_CASE("netlink: where a batch is not acknowledged, what was not answered has the error") {
  ScriptedKernel kernel;
  kernel.answer_error(2, EEXIST);
  const Message command = refused_command();
  Batch batch(kernel.socket, 3);
  for (int i = 0; i < 3; ++i) batch.add(command);
  SUBCASE("the other end goes away before") {
    kernel.hang_up();
    CHECK(batch.finish() == std::vector<int>{EPIPE, EPIPE, EPIPE});
  }
  SUBCASE("the other end goes away in the middle") {
    kernel.hang_up_after(2);
    kernel.run();
    CHECK(batch.finish() == std::vector<int>{ENOTCONN, EEXIST, ENOTCONN});
  }
  SUBCASE("the acknowledgement does not come") {
    kernel.run();
    CHECK(batch.finish() == std::vector<int>{ETIMEDOUT, EEXIST, ETIMEDOUT});
  }
  SUBCASE("the socket is closed in the middle") {
    close(kernel.socket.descriptor());
    CHECK(batch.finish() == std::vector<int>{EBADF, EBADF, EBADF});
  }
  CHECK(batch.broken());
}

TEST_CASE("netlink: commands after a broken batch are not sent and have its error") {
  ScriptedKernel kernel;
  kernel.hang_up();
  const Message command = refused_command();
  Batch batch(kernel.socket, batch_commands + 1);
  for (std::size_t i = 0; i < batch_commands + 1; ++i) batch.add(command);
  CHECK(batch.finish() == std::vector<int>(batch_commands + 1, EPIPE));
}

TEST_CASE("netlink: a real receive buffer that overruns loses answers, says so, and works again") {
  // As small as the kernel lets it be: a few answers.
  auto socket = NetlinkSocket::open(NETLINK_ROUTE, 1);
  REQUIRE(socket.has_value());
  const Message command = refused_command();
  Batch many(*socket, batch_commands);
  for (std::size_t i = 0; i < batch_commands; ++i) many.add(command);
  const std::vector<int> results = many.finish();
  REQUIRE(results.size() == batch_commands);
  const int refusal = results.front();
  CHECK((refusal == ENODEV || refusal == EPERM));
  CHECK(results.back() == ENOBUFS);
  for (const int errnum : results) REQUIRE((errnum == refusal || errnum == ENOBUFS));
  CHECK_FALSE(many.broken());

  Batch one(*socket, 1);
  one.add(command);
  CHECK(one.finish() == std::vector<int>{refusal});
}
