#include "drivers/curl_library.hpp"

#include <dlfcn.h>

namespace ballast {
namespace {

std::string dynamic_error() {
  const char* text = dlerror();
  return text == nullptr ? "unknown" : text;
}

Result<CurlLibrary> load() {
  // Never closed: it has functions that run at the process's end.
  void* file = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (file == nullptr) return Error{"libcurl cannot be loaded (package libcurl4): " + dynamic_error(), 0};
  std::string missing;
  const auto find = [&](auto& function, const char* name) {
    void* address = dlsym(file, name);
    if (address == nullptr) missing = name;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(address);
  };
  CurlLibrary curl;
  decltype(&curl_global_init) global_init = nullptr;
  find(global_init, "curl_global_init");
  find(curl.easy_init, "curl_easy_init");
  find(curl.easy_cleanup, "curl_easy_cleanup");
  find(curl.easy_setopt, "curl_easy_setopt");
  find(curl.easy_getinfo, "curl_easy_getinfo");
  find(curl.easy_strerror, "curl_easy_strerror");
  find(curl.slist_append, "curl_slist_append");
  find(curl.slist_free_all, "curl_slist_free_all");
  find(curl.multi_init, "curl_multi_init");
  find(curl.multi_cleanup, "curl_multi_cleanup");
  find(curl.multi_add_handle, "curl_multi_add_handle");
  find(curl.multi_remove_handle, "curl_multi_remove_handle");
  find(curl.multi_perform, "curl_multi_perform");
  find(curl.multi_poll, "curl_multi_poll");
  find(curl.multi_wakeup, "curl_multi_wakeup");
  find(curl.multi_info_read, "curl_multi_info_read");
  if (!missing.empty()) return Error{"libcurl has no " + missing, 0};
  if (const CURLcode code = global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK) {
    return Error{std::string("libcurl: ") + curl.easy_strerror(code), 0};
  }
  return curl;
}

}  // namespace

const Result<CurlLibrary>& curl_library() {
  static const Result<CurlLibrary> library = load();
  return library;
}

}  // namespace ballast
