#include "profiles/friendnet/member_relay.h"

#include "core/base/log.h"
#include "core/node/files.h"

namespace tarn::profiles {

namespace {

constexpr Duration kBetweenWrites = std::chrono::seconds(10);
constexpr std::size_t kMaxOffer = 4096;
/// A member's line at home carries its own traffic, too.
constexpr std::uint32_t kStreams = 32;
constexpr std::uint32_t kStreamsOfOne = 12;

relay::MeetingRoom::Parts roomParts(const MemberRelay::Parts& parts)
{
    net::LinksIn& links = parts.links;
    return {parts.engine, parts.clock, parts.tickets,
            [&links](const net::PeerKey& target, const net::Ticket& ticket,
                     std::function<void(const Error&)> refused) {
                return links.call(target, ticket, std::move(refused));
            }};
}

relay::RelayLimits limitsOf(const RelayOffer& offer)
{
    relay::RelayLimits out;
    out.streams = kStreams;
    out.sourceStreams = kStreamsOfOne;
    out.monthBytes = offer.budget;
    return out;
}

} // namespace

Result<RelayMemory> readRelayBlocking(const node::StateDir& dir)
{
    RelayMemory out;
    const Result<Bytes> chosen = node::readFileBlocking(dir.pathOf(node::kRelayFile), kMaxOffer);
    if (chosen) {
        Result<RelayOffer> offer = node::parseRelayOffer(asText(*chosen));
        if (!offer) return std::move(offer).error().within(dir.pathOf(node::kRelayFile));
        out.chosen = *offer;
    } else if (chosen.error().code() != ErrorCode::NotFound) {
        return chosen.error();
    }
    const Result<Bytes> usage =
        node::readFileBlocking(dir.pathOf(relay::kUsageFile), relay::kMaxUsageBytes);
    if (usage) out.usage = std::string(asText(*usage));
    if (!usage && usage.error().code() != ErrorCode::NotFound) return usage.error();
    return out;
}

MemberRelay::MemberRelay(Parts parts, RelayMemory memory)
    : m_parts(std::move(parts)), m_room(roomParts(m_parts), relay::RelayLimits()),
      m_api({m_parts.clock, m_parts.links, m_parts.self,
             [this]() -> relay::MeetingRoom* { return m_offer.offer ? &m_room : nullptr; },
             [this](net::ServerExchange& exchange, const net::PeerKey&) {
                 return m_parts.memberOf(exchange);
             }}),
      m_chosen(memory.chosen), m_tasks(m_parts.engine)
{
    if (memory.usage.empty()) return;
    const Result<void> known = m_room.book().decode(memory.usage);
    if (!known)
        TARN_LOG(Warning, Main, "what was relayed this month cannot be read: counted anew",
                 {"error", known.error().text()});
    m_written = m_room.book().version();
}

void MemberRelay::start()
{
    m_started = true;
    apply();
    m_tasks.spawn(keep());
}

asio::awaitable<void> MemberRelay::stop()
{
    m_tasks.cancel();
    co_await m_tasks.join();
    if (m_stun) co_await m_stun->stop();
    co_await m_room.stop();
    co_await write();
}

void MemberRelay::configure(const RelayOffer& configured)
{
    m_configured = configured;
    apply();
}

void MemberRelay::apply()
{
    m_offer = m_chosen.value_or(m_configured);
    m_room.book().setLimits(limitsOf(m_offer));
    if (!m_offer.offer) m_room.endAll();
    if (!m_offer.offer) m_stun.reset();
    if (m_offer.offer && m_started && !m_stun) answerStun();
    net::LinkTerms terms;
    terms.relays = m_offer.offer;
    if (m_stun) terms.stunPort = m_stun->port();
    m_parts.links.setTerms(terms);
}

/// Without it others relay all the same.
void MemberRelay::answerStun()
{
    const net::Endpoint at = m_parts.listening();
    auto opened = relay::StunService::open(m_parts.engine, at.address(), at.port(), m_parts.clock);
    if (opened)
        m_stun = *std::move(opened);
    else
        TARN_LOG(Warning, Main, "STUN is not answered", {"error", opened.error().message()});
}

asio::awaitable<Result<void>> MemberRelay::choose(RelayOffer offer)
{
    auto job = [this, text = node::relayOfferText(offer)] {
        return m_parts.dir.writeFile(node::kRelayFile, text);
    };
    TARN_CO_TRY_VOID(co_await runOn(m_parts.diskPool, std::move(job)));
    m_chosen = offer;
    apply();
    co_return ok();
}

asio::awaitable<void> MemberRelay::write()
{
    const std::uint64_t version = m_room.book().version();
    if (version == m_written) co_return;
    auto job = [this, text = m_room.book().encode()] {
        return m_parts.dir.writeFile(relay::kUsageFile, text);
    };
    const Result<void> written = co_await runOn(m_parts.diskPool, std::move(job));
    if (written) m_written = version;
    if (!written)
        TARN_LOG(Warning, Main, "what was relayed is not on disk",
                 {"error", written.error().text()});
}

asio::awaitable<void> MemberRelay::keep()
{
    while (true) {
        co_await m_parts.clock.sleep(kBetweenWrites);
        co_await write();
    }
}

} // namespace tarn::profiles
