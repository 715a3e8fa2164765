#include "core/node/introducer_client.h"

namespace tarn::node {

namespace {

constexpr std::size_t kMaxAnswer = 1U << 20U;
constexpr std::size_t kMaxReason = 200;

/// What a stranger wrote, on one line of ASCII.
std::string reasonIn(ByteView body)
{
    std::string out;
    for (const char c : asText(body).substr(0, kMaxReason))
        out += c >= ' ' && c < 0x7f ? c : ' ';
    while (!out.empty() && out.back() == ' ')
        out.pop_back();
    return out;
}

Error refusal(unsigned status, ByteView body)
{
    ErrorCode code = ErrorCode::PeerMisbehaved;
    if (status == 400) code = ErrorCode::InvalidInput;
    if (status == 403) code = ErrorCode::Unauthorized;
    if (status == 507) code = ErrorCode::NoSpace;
    if (status == 429 || status == 503) code = ErrorCode::Timeout;
    return Error(code, "it answered " + std::to_string(status) + ": " + reasonIn(body));
}

} // namespace

IntroducerClient::IntroducerClient(net::ConnectionPool& pool, WorkPool& cpuPool, Clock& clock,
                                   wire::IntroducerUrl url, std::string software)
    : m_pool(pool), m_cpuPool(cpuPool), m_clock(clock), m_url(std::move(url)),
      m_software(std::move(software))
{
    m_status.place = wire::placeOf(m_url);
    m_pool.setLocations(m_url.spkiHash, {wire::locationOf(m_url)});
}

void IntroducerClient::note(const Result<void>& outcome)
{
    if (!outcome) {
        m_status.problem = outcome.error().text();
        return;
    }
    m_status.problem.clear();
    m_status.lastGood = m_clock.wallNow();
}

asio::awaitable<Result<IntroducerClient::Answer>> IntroducerClient::ask(net::RequestHead head,
                                                                        Bytes body)
{
    head.headers.add("Host", wire::placeOf(m_url));
    head.headers.add("User-Agent", m_software);
    net::RequestOptions options;
    options.repeat = net::Repeat::Safe;
    const ByteView piece = body;
    const std::span<const ByteView> pieces(&piece, body.empty() ? 0 : 1);
    TARN_CO_TRY(net::PooledResponse response,
                co_await m_pool.request(m_url.spkiHash, std::move(head), pieces, options));
    Answer answer;
    answer.status = response.head.status;
    TARN_CO_TRY(answer.body, co_await response.connection->readAll(kMaxAnswer));
    co_return answer;
}

asio::awaitable<Result<gossip::RecordPtr>> IntroducerClient::announce(gossip::RecordPtr record)
{
    net::RequestHead head;
    head.method = "POST";
    head.target = "/gossip/v1/announce";
    Bytes body = gossip::encodeRecord(*record);
    Result<Answer> answer = co_await ask(std::move(head), std::move(body));
    if (!answer) {
        note(answer.error());
        co_return answer.error();
    }
    if (answer->status == 200) {
        note(ok());
        co_return gossip::RecordPtr();
    }
    if (answer->status == 409) {
        Result<gossip::RecordPtr> newer = gossip::openRecord(answer->body);
        if (newer && (*newer)->replaces(*record) && (*newer)->isNewerThan(*record)) co_return newer;
    }
    Error error = refusal(answer->status, answer->body);
    note(error);
    co_return error;
}

asio::awaitable<Result<gossip::RecordArchive>>
IntroducerClient::subscribe(std::string cursor, std::string id, Duration wait)
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait).count();
    net::RequestHead head;
    head.method = "GET";
    head.target = "/gossip/v1/subscribe?id=" + net::percentEncode(id) +
                  "&cursor=" + net::percentEncode(cursor) + "&wait=" + std::to_string(seconds);
    Result<Answer> answer = co_await ask(std::move(head), Bytes());
    if (!answer) {
        note(answer.error());
        co_return answer.error();
    }
    if (answer->status != 200) {
        Error error = refusal(answer->status, answer->body);
        note(error);
        co_return error;
    }
    auto decode = [&answer] { return gossip::decodeArchive(answer->body); };
    Result<gossip::RecordArchive> archive = co_await runOn(m_cpuPool, decode);
    if (!archive) {
        Error error(ErrorCode::PeerMisbehaved, archive.error().message());
        note(error);
        co_return error;
    }
    note(ok());
    co_return archive;
}

} // namespace tarn::node
