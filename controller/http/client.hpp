// One request to the controller that runs on this machine, for the commands. Blocks until it is answered or time is up.
#pragma once

#include <chrono>
#include <string>

#include "controller/http/message.hpp"
#include "model/result.hpp"

namespace ballast::http {

struct NodeStatus;

/// The answer, whatever its status. An error where there is none; its text says what to do.
Result<Response> request(const std::string& socket_path, const std::string& method, const std::string& target,
                         const std::string& body, std::chrono::milliseconds timeout);

/// What a refusal of the API says, or of whoever else answers there, its status.
std::string error_text(const Response& response);

/// The body of a good answer of the controller with this state directory; the API's own text is the error of another.
Result<std::string> call_controller(const std::string& state_dir, const std::string& method, const std::string& target,
                                    const std::string& body = "",
                                    std::chrono::milliseconds timeout = std::chrono::seconds{10});

/// What it answers at `target`, which is /v1/status with or without a query.
Result<NodeStatus> ask_status(const std::string& state_dir, const std::string& target = "/v1/status",
                              std::chrono::milliseconds timeout = std::chrono::seconds{10});

}  // namespace ballast::http
