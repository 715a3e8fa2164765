#include "profiles/friendnet/link_exchange.h"

#include "core/base/log.h"
#include "core/cap/parse.h"
#include "core/codec/base32.h"
#include "core/wire/node_id.h"
#include "profiles/friendnet/at_end.h"
#include "profiles/friendnet/root_directory.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace tarn::profiles {

namespace {

/// A member may be there whom nobody has asked yet.
constexpr Duration kLook = std::chrono::minutes(2);

/// \return the capability in its weakest form that still reads.
Result<std::string> readLinkOf(const std::string& capability, const std::string& root)
{
    if (capability.size() > node::kLongestLinkCap)
        return Error(ErrorCode::InvalidInput, "a capability has 1024 bytes at most");
    TARN_TRY(const cap::Cap whole, cap::parseKnownCap(capability));
    const std::optional<StorageIndex> what = cap::storageIndexOf(whole);
    if (what && what == cap::storageIndexOf(cap::parseCap(root))) {
        return Error(ErrorCode::Conflict, "that is the directory of all your files, which stays on "
                                          "this node: share a folder or a file in it");
    }
    return cap::printCap(cap::readOnlyOf(whole));
}

} // namespace

LinkExchange::LinkExchange(Parts parts, node::SharedLinks links)
    : m_parts(std::move(parts)), m_links(std::move(links)), m_wake(m_parts.engine),
      m_changes(m_parts.engine), m_tasks(m_parts.engine)
{
}

void LinkExchange::start()
{
    m_tasks.spawn(keep());
}

asio::awaitable<void> LinkExchange::stop()
{
    m_tasks.cancel();
    co_await m_tasks.join();
}

void LinkExchange::look()
{
    m_news = true;
    m_wake.notifyAll();
}

/// One after the other: what counts is what is on disk.
asio::awaitable<Result<void>>
LinkExchange::change(std::function<Result<void>(node::SharedLinks&)> edit)
{
    const Turns::Turn turn = co_await m_changes.take();
    node::SharedLinks next = m_links;
    TARN_CO_TRY_VOID(edit(next));
    if (next == m_links) co_return ok();
    auto text = std::make_shared<const Secret>(node::linksText(next));
    auto job = [this, text] { return node::writeLinksBlocking(m_parts.dir, *text); };
    TARN_CO_TRY_VOID(co_await runOn(m_parts.diskPool, job));
    m_links = std::move(next);
    m_parts.changed();
    co_return ok();
}

void LinkExchange::dropOfStrangers(node::SharedLinks& links) const
{
    links.dropOfStrangers(
        [this](const Ed25519PublicKey& member) { return m_parts.belongs(member); });
}

asio::awaitable<Result<node::SharedLink>>
LinkExchange::give(Ed25519PublicKey to, std::string capability, std::string name)
{
    auto job = [this] { return readRootCapBlocking(m_parts.dir); };
    TARN_CO_TRY(const Secret root, co_await runOn(m_parts.diskPool, job));
    node::SharedLink link;
    TARN_CO_TRY(link.cap, readLinkOf(capability, std::string(asText(root.view()))));
    link.id = codec::encodeBase32(m_parts.random.bytes(node::kLinkIdBytes));
    link.member = to;
    link.name = std::move(name);
    link.time = unixSeconds(m_parts.clock.wallNow());
    link.delivered = false;
    TARN_CO_TRY_VOID(node::checkLink(link));
    const std::string id = link.id;
    const auto add = [this, &link](node::SharedLinks& links) {
        if (links.sent().size() >= node::kMostSent) dropOfStrangers(links);
        return links.send(link);
    };
    TARN_CO_TRY_VOID(co_await change(add));
    if (m_parts.online(to)) {
        const Result<void> delivered = co_await deliver(id);
        link.delivered = delivered.has_value();
    }
    co_return link;
}

asio::awaitable<Result<void>> LinkExchange::take(Ed25519PublicKey from, node::SharedLink link)
{
    link.member = from;
    link.time = unixSeconds(m_parts.clock.wallNow());
    link.delivered = true;
    TARN_CO_TRY_VOID(node::checkLink(link));
    bool isNew = false;
    const auto add = [&](node::SharedLinks& links) -> Result<void> {
        if (links.received().size() >= node::kMostReceived) dropOfStrangers(links);
        TARN_TRY(isNew, links.receive(link));
        return ok();
    };
    TARN_CO_TRY_VOID(co_await change(add));
    if (isNew) TARN_LOG(Info, Main, "a member gave a link", {"member", wire::nodeIdOf(from)});
    co_return ok();
}

asio::awaitable<Result<void>> LinkExchange::drop(std::string id)
{
    const auto remove = [&id](node::SharedLinks& links) -> Result<void> {
        if (links.drop(id)) return ok();
        return Error(ErrorCode::NotFound, "there is no such link: `tarn inbox list`");
    };
    co_return co_await change(remove);
}

/// Once at a time for each link.
asio::awaitable<Result<void>> LinkExchange::deliver(std::string id)
{
    const node::SharedLink* const link = m_links.find(id);
    if (link == nullptr || link->delivered || !m_underWay.insert(id).second) co_return ok();
    const Ed25519PublicKey to = link->member;
    const AtEnd end([this, &id] { m_underWay.erase(id); });
    Bytes body = toBytes(node::encodeShare(*link));
    TARN_CO_TRY(const unsigned status, co_await m_parts.post(to, std::move(body)));
    if (status != 200) {
        co_return Error(ErrorCode::PeerMisbehaved, "it answered " + std::to_string(status));
    }
    const auto note = [&id](node::SharedLinks& links) -> Result<void> {
        links.noteDelivered(id);
        return ok();
    };
    co_return co_await change(note);
}

/// One that fails for a member leaves its others for the next time.
asio::awaitable<void> LinkExchange::deliverAll()
{
    const std::vector<node::SharedLink> all = m_links.sent();
    std::set<Ed25519PublicKey> failed;
    for (const node::SharedLink& link : all) {
        if (link.delivered || !m_parts.belongs(link.member)) continue;
        if (failed.contains(link.member) || !m_parts.online(link.member)) continue;
        const Result<void> done = co_await deliver(link.id);
        if (done) continue;
        failed.insert(link.member);
        TARN_LOG(Debug, Main, "a link waits on", {"member", wire::nodeIdOf(link.member)},
                 {"error", done.error().text()});
    }
}

asio::awaitable<void> LinkExchange::keep()
{
    using namespace asio::experimental::awaitable_operators;
    while (true) {
        m_news = false;
        co_await deliverAll();
        if (m_news) continue;
        asio::awaitable<void> sleeping = m_parts.clock.sleep(kLook);
        asio::awaitable<void> waiting = m_wake.wait();
        co_await (std::move(sleeping) || std::move(waiting));
    }
}

} // namespace tarn::profiles
