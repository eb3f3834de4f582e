// What Asio and Beast leave to be compiled once (their SEPARATE_COMPILATION); the target ballast_asio is this file.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
