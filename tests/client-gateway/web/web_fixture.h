// web_fixture: the web API on a real HTTP server at one end of a socket pair, a client at the
// other, a fake grid behind; one thread, virtual time.
#pragma once

#include "client-gateway/web/web_api.h"
#include "core/net/http_client.h"
#include "tests/client-gateway/web/fake_files.h"
#include "tests/support/fake_clock.h"

#include <string>

namespace tarn::test {

struct WebAnswer
{
    unsigned status = 0; ///< 0: no answer
    net::HttpHeaders headers;
    std::string body;
    bool cut = false; ///< the connection ended inside the body

    std::string header(std::string_view name) const;
};

struct WebRequest
{
    std::string method = "GET";
    std::string target;
    net::HttpHeaders headers;
    std::string body;
    bool chunked = false;
};

class WebFixture
{
public:
    /// \param statics  directory below /static; empty: none.
    explicit WebFixture(std::string statics = {});
    ~WebFixture();

    WebAnswer ask(WebRequest request);
    WebAnswer get(const std::string& target, net::HttpHeaders headers = {});
    WebAnswer send(const std::string& method, const std::string& target, std::string body = {},
                   net::HttpHeaders headers = {});
    /// Virtual time passes.
    void wait(Duration time);
    /// Begins a GET, reads the answer's head, closes the connection and lets the server notice.
    unsigned beginAndLeave(const std::string& target, net::HttpHeaders headers = {});

    FakeFiles files;
    Duration cpuTime{}; ///< what the process is said to have used

private:
    std::unique_ptr<net::HttpClientConnection> connect();
    void run(asio::awaitable<void> work);
    asio::awaitable<void> exchange(WebRequest request, WebAnswer& answer);
    asio::awaitable<void> leave(std::string target, net::HttpHeaders headers, unsigned& status);

    FakeClock m_clock;
    std::unique_ptr<WorkPool> m_disk = makeInlinePool();
    asio::io_context m_engine;
    gateway::web::CpuMonitor m_cpu;
    gateway::web::WebApi m_api;
    std::unique_ptr<net::HttpServer> m_server;
};

} // namespace tarn::test
