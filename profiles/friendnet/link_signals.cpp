#include "profiles/friendnet/link_signals.h"

#include "core/base/executor.h"
#include "core/net/peer_proof.h"

namespace tarn::profiles {

namespace {

constexpr Duration kLimit = std::chrono::seconds(5);

static_assert(kLargestSignal == net::kLargestSignalBytes);

} // namespace

LinkSignals::LinkSignals(const Ed25519PublicKey& self, net::LinksIn& links,
                         std::shared_ptr<RelayCalls> calls)
    : m_self(net::peerKeyOf(self)), m_links(links), m_calls(std::move(calls))
{
}

bool LinkSignals::reaches(const net::PeerKey& peer) const
{
    return m_links.hasPeer(peer) || !m_calls->pointsOf(peer).empty();
}

boost::asio::awaitable<Result<Bytes>> LinkSignals::ask(net::PeerKey peer, Bytes question)
{
    if (question.size() > kLargestSignal) {
        co_return Error(ErrorCode::InvalidInput, "a question above 3072 bytes");
    }
    const bool linked = m_links.hasPeer(peer);
    Clock& clock = m_calls->clock();
    if (linked) co_return co_await m_links.signal(peer, m_self, std::move(question));
    asio::awaitable<Result<Bytes>> work = askCarriers(m_calls, peer, std::move(question));
    co_return co_await withDeadline<Bytes>(clock, kLimit, "an answer of a peer out of reach",
                                           std::move(work));
}

/// One after the other, until one brings an answer.
asio::awaitable<Result<Bytes>> LinkSignals::askCarriers(std::shared_ptr<RelayCalls> calls,
                                                        net::PeerKey peer, Bytes question)
{
    Error failed(ErrorCode::PeerUnreachable, "nobody is known who has a link with it");
    net::SignalAsk ask;
    ask.target = peer;
    ask.question = std::move(question);
    const Bytes body = net::encodeSignalAsk(ask);
    for (const RelayPoint& point : calls->pointsOf(peer)) {
        if (!point.guest.empty()) continue; // strangers are not asked anything
        RelayPoint at = point;
        Bytes copy = body;
        const Result<Bytes> answer = co_await calls->post(
            std::move(at), std::string(net::kSignalPath), std::move(copy), net::kMaxSignalBytes);
        if (answer) co_return net::decodeSignalAnswer(*answer);
        failed = answer.error();
        if (failed.code() == ErrorCode::Cancelled) break;
    }
    co_return failed;
}

} // namespace tarn::profiles
