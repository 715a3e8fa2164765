// http_suite: what HTTP client and server must do with each other over any pair of channels.
#pragma once

#include "core/net/http_server.h"
#include "tests/support/transport_pairs.h"

namespace tarn::test {

/// Answers for the suite and other transport tests:
///   POST /echo          the body back, piece by piece, with Content-Length where it came with one
///   GET  /size/N        N bytes of a pattern, with Content-Length;  /chunked/N without
///   GET  /hold          waits (half a day) until cancelled
///   GET  /throw, /fail  a handler that ends by exception, or by error
///   GET  /cut/N         announces N bytes and fails after half of them
///   GET  /upgrade       switches to an echo of raw bytes
///   any  /ignore        204 without reading the body
class SuiteHandler final : public net::HttpHandler
{
public:
    explicit SuiteHandler(Clock& clock) : m_clock(clock) {}
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

    unsigned served = 0;
    unsigned holding = 0;   ///< running /hold requests
    unsigned cancelled = 0; ///< /hold requests that were cancelled

private:
    Clock& m_clock;
};

/// The byte at `offset` of what /size/N sends.
std::byte patternByte(std::uint64_t offset);
Bytes patternBytes(std::size_t size);

struct HttpSuiteCase
{
    std::string name;
    /// \return what went wrong, empty when all is well.
    std::function<asio::awaitable<std::string>(net::HttpClientConnection&)> run;
};

std::vector<HttpSuiteCase> httpSuite();

/// Serves one side of the pair and runs one case on the other.
asio::awaitable<std::string> runSuiteCase(const PairMaker& maker, const HttpSuiteCase& suiteCase,
                                          Clock& clock);

} // namespace tarn::test
