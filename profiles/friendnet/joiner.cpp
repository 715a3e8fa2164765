#include "profiles/friendnet/joiner.h"

#include "core/base/log.h"
#include "core/net/peer_proof.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

using membership::RedeemAnswer;
using membership::RedeemOutcome;

constexpr Duration kDeadline = std::chrono::seconds(20);
constexpr Duration kFirstRest = std::chrono::seconds(1);
constexpr Duration kLongestRest = std::chrono::seconds(30);
/// While somebody decides.
constexpr Duration kWaitingRest = std::chrono::seconds(3);

net::RequestHead redeemHead()
{
    net::RequestHead head;
    head.method = "POST";
    head.target = membership::kRedeemPath;
    head.headers.add("Host", "localhost");
    head.headers.add("Content-Type", "application/x-protobuf");
    return head;
}

Error unlike(unsigned status)
{
    if (status == 429 || status == 503) return Error(ErrorCode::Timeout, "it is busy");
    return Error(ErrorCode::PeerMisbehaved, "it answered " + std::to_string(status));
}

} // namespace

std::string_view nameOf(JoinState state)
{
    switch (state) {
    case JoinState::Asking:
        return "joining";
    case JoinState::Waiting:
        return "waiting";
    case JoinState::Refused:
        return "refused";
    }
    return "joining";
}

Result<membership::InviteLink> readJoinBlocking(const node::StateDir& dir)
{
    TARN_TRY(const Secret text, dir.readPrivateText(kJoinFile));
    Result<membership::InviteLink> link = membership::parseInvite(asText(text.view()));
    if (!link) return std::move(link).error().within("private/" + std::string(kJoinFile));
    return link;
}

Joiner::Joiner(Parts parts, membership::InviteLink link)
    : m_parts(std::move(parts)), m_link(std::move(link))
{
}

void Joiner::note(JoinState state, std::string reason)
{
    if (m_progress.state == state && m_progress.reason == reason) return;
    m_progress.state = state;
    m_progress.reason = std::move(reason);
    m_parts.changed();
}

asio::awaitable<Result<RedeemAnswer>> Joiner::ask(membership::InviteHint hint)
{
    const net::PeerKey peer = net::peerKeyOf(hint.node.value_or(m_link.inviter));
    std::vector<net::Location> locations;
    if (!hint.relay) locations.push_back(hint.location);
    m_parts.pool->setLocations(peer, std::move(locations));
    net::RequestOptions options;
    options.force = true; // this class has its own pauses
    TARN_CO_TRY(net::PooledConnection connection, co_await m_parts.pool->acquire(peer, options));
    TARN_CO_TRY(const Secret exporter,
                connection->channel().exporter(membership::kRedeemExporter, {},
                                               membership::kExporterBytes));
    TARN_CO_TRY(const membership::RedeemRequest request,
                membership::makeRedeem(m_link, m_parts.key, m_parts.nickname, exporter.view()));
    const Bytes body = membership::encodeRedeem(request);
    const ByteView piece = body;
    const std::span<const ByteView> pieces(&piece, 1);
    const net::RequestHead head = redeemHead();
    TARN_CO_TRY(const net::ResponseHead answered, co_await connection->request(head, pieces));
    TARN_CO_TRY(const Bytes text, co_await connection->readAll(membership::kMaxAnswerBytes));
    if (answered.status != 200) co_return unlike(answered.status);
    auto job = [&text] { return membership::decodeAnswer(text); };
    co_return co_await runOn(m_parts.cpuPool, job);
}

/// The first one who answers.
asio::awaitable<Result<RedeemAnswer>> Joiner::askAll()
{
    Error problem(ErrorCode::PeerUnreachable, "the invite names no address");
    for (const membership::InviteHint& hint : m_link.hints) {
        if (hint.relay && !m_parts.meetAt) continue;
        asio::awaitable<Result<RedeemAnswer>> asking = ask(hint);
        Result<RedeemAnswer> answer = co_await withDeadline<RedeemAnswer>(
            m_parts.clock, kDeadline, "the inviter's answer", std::move(asking));
        if (answer) co_return answer;
        problem = answer.error().within(wire::textOf(hint.location));
    }
    co_return problem;
}

asio::awaitable<Result<Welcome>> Joiner::run()
{
    Duration rest = kFirstRest;
    for (const membership::InviteHint& hint : m_link.hints)
        if (hint.relay && m_parts.meetAt)
            m_parts.meetAt(net::peerKeyOf(hint.node.value_or(m_link.inviter)), hint);
    while (true) {
        Result<RedeemAnswer> answer = co_await askAll();
        if (answer && answer->outcome == RedeemOutcome::Welcome) {
            Result<membership::Lineage> lineage =
                membership::checkWelcome(m_link, m_parts.key.publicKey(), *answer);
            if (!lineage) co_return lineage.error();
            Welcome out{*std::move(lineage), std::move(answer->records)};
            out.records.insert(out.records.begin(), answer->certificate);
            co_return out;
        }
        if (answer && answer->outcome == RedeemOutcome::Refused) {
            note(JoinState::Refused, answer->reason);
            co_return Error(ErrorCode::Unauthorized, answer->reason);
        }
        if (answer) {
            note(JoinState::Waiting, {});
        } else {
            // Who waits already goes on waiting, whoever sleeps meanwhile.
            note(m_progress.state, answer.error().text());
            TARN_LOG(Debug, Main, "nobody answers the invite yet",
                     {"error", answer.error().text()});
        }
        const Duration pause = answer ? kWaitingRest : rest;
        rest = answer ? kFirstRest : std::min(rest * 2, kLongestRest);
        co_await m_parts.clock.sleep(pause);
    }
}

} // namespace tarn::profiles
