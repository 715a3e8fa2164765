// server_exchange: one request and its answer on a ServerConnection. Internal to http_server.
#pragma once

#include "core/net/server_connection.h"

namespace tarn::net {

class Exchange final : public ServerExchange
{
public:
    Exchange(ServerConnection& connection, RequestHead head, BodyFraming framing);

    const RequestHead& head() const override { return m_head; }
    std::optional<std::uint64_t> bodyLength() const override { return m_length; }
    asio::awaitable<Result<std::size_t>> readBody(MutableByteView into) override;
    asio::awaitable<Result<Bytes>> readAll(std::size_t limit) override;
    asio::awaitable<Result<void>> respond(unsigned status, HttpHeaders headers,
                                          std::span<const ByteView> body) override;
    asio::awaitable<Result<void>> beginResponse(unsigned status, HttpHeaders headers,
                                                std::optional<std::uint64_t> length) override;
    asio::awaitable<Result<void>> writeBody(ByteView piece) override;
    asio::awaitable<Result<void>> finishResponse() override;
    asio::awaitable<Result<UpgradedChannel>> upgrade(HttpHeaders headers) override;
    bool answered() const override { return m_answered; }
    std::optional<Duration> away() const override;
    bool giveUp(unsigned status, std::string text) override;
    bool givenUp() const { return m_givenUp; }
    const std::string& peer() const override { return m_connection.m_channel->peer(); }
    Result<Secret> exporter(std::string_view label, ByteView context,
                            std::size_t size) const override
    {
        return m_connection.m_channel->exporter(label, context, size);
    }

    BodyReader& body() { return m_body; }
    /// The client still waits for "100 Continue" and may never send its body.
    bool expectsContinue() const { return m_expectsContinue; }

private:
    /// While the handler reads from the client or writes to it.
    class WithClient
    {
    public:
        explicit WithClient(Exchange& exchange) : m_exchange(exchange)
        {
            m_exchange.m_withClient = true;
        }
        ~WithClient()
        {
            m_exchange.m_withClient = false;
            m_exchange.m_awaySince = m_exchange.m_connection.m_clock.now();
        }
        WithClient(const WithClient&) = delete;
        WithClient& operator=(const WithClient&) = delete;

    private:
        Exchange& m_exchange;
    };

    asio::awaitable<Result<void>> sendContinue();
    Result<std::string> formatHead(unsigned status, const HttpHeaders& headers) const;
    Result<void> begin(unsigned status, const HttpHeaders& headers,
                       std::optional<std::uint64_t> length);
    void decideKeepAlive(const HttpHeaders& headers);

    ServerConnection& m_connection;
    RequestHead m_head;
    std::optional<std::uint64_t> m_length;
    BodyReader m_body;
    bool m_bodyBegun = false;
    bool m_expectsContinue = false;
    bool m_answered = false;
    bool m_givenUp = false;
    bool m_withClient = false;
    TimePoint m_awaySince;
};

} // namespace tarn::net
