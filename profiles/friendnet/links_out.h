// links_out: the links that this node keeps to members who cannot connect to it. Asked over one, it
// connects to where the link goes, and serves there. Engine thread.
// Source: core/doc/protocol/peer-link.md.
#pragma once

#include "core/base/random.h"
#include "core/base/task_group.h"
#include "core/crypto/ed25519.h"
#include "core/net/address.h"
#include "core/net/dialer.h"
#include "core/net/peer_link.h"
#include "core/net/tls_context.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::profiles {

using crypto::Ed25519PublicKey;

/// The address that this machine would connect from. Nothing is sent for it.
/// \return nothing: there is no way to `remote`.
std::optional<asio::ip::address> sourceTowards(const net::Endpoint& remote);

class LinksOut
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        Random& random;
        net::Dialer& plain;            ///< connects to locations
        const crypto::Ed25519Key& key; ///< the node's
        /// What a member says of where it is.
        std::function<std::vector<net::Location>(const Ed25519PublicKey&)> locationsOf;
        std::function<bool(const Ed25519PublicKey&)> belongs; ///< is a member
        std::function<void(const Ed25519PublicKey&)> heard;   ///< a member shows that it is there
        std::function<void(const Ed25519PublicKey&, bool up)> changed; ///< a link came or went
        std::function<void(net::Stream)> serve;                        ///< as TLS and HTTP server
        std::function<void()> moved; ///< the network of this machine has changed
        std::function<std::optional<asio::ip::address>(const net::Endpoint&)> source =
            sourceTowards;
        /// More headers for those that a link is made with.
        std::function<void(const Ed25519PublicKey&, net::HttpHeaders&)> headers = {};
        /// What it does for this node is another.
        std::function<void(const Ed25519PublicKey&)> termsChanged = {};
        /// Answers a question of somebody out of reach.
        std::function<asio::awaitable<Result<Bytes>>(net::PeerKey from, Bytes question)> signal =
            {};
    };
    /// What `parts` refers to outlives it.
    explicit LinksOut(Parts parts);

    /// A member says whether it can connect to this node.
    void told(const Ed25519PublicKey& member, bool reaches);
    /// It answers again.
    void cameBack(const Ed25519PublicKey& member);
    /// Every two seconds. \param slept  this machine did.
    void tick(bool slept);
    bool has(const Ed25519PublicKey& member) const;
    /// What is to say of a member that cannot connect to this node; empty: nothing.
    std::string reasonOf(const Ed25519PublicKey& member) const;
    /// What a member with a link does for this node; nothing without one.
    net::LinkTerms termsOf(const Ed25519PublicKey& member) const;
    /// Where those with links answer STUN; nothing is looked up.
    std::vector<net::Endpoint> stunServers() const;
    /// Why there is none; empty: it was not tried.
    std::string problemOf(const Ed25519PublicKey& member) const;
    /// To whom there are links now.
    std::vector<Ed25519PublicKey> linked() const;
    std::size_t size() const { return m_wanted.size(); }
    asio::awaitable<void> stop();

private:
    struct Wanted
    {
        std::uint64_t job = 0; ///< who works for an earlier one finds out that it is not wanted
        std::shared_ptr<net::PeerLink> link;
        bool working = false; ///< connecting, or there is a link
        unsigned failures = 0;
        TimePoint due{};
        bool told = false; ///< that it is up
        std::string problem;
        std::optional<net::Location> at;      ///< where it was last
        std::optional<net::Endpoint> reached; ///< what that came to; absent: through others
        std::optional<net::Endpoint> remote;
        std::optional<asio::ip::address> source; ///< towards remote
        unsigned dialling = 0;
        double tokens = 0; ///< connections that it may ask for
        TimePoint tokensAt{};
        net::LinkTerms terms;
        unsigned answering = 0; ///< questions
    };
    struct Opened
    {
        net::UpgradedChannel taken;
        net::Location at;
        std::optional<net::Endpoint> reached;
    };

    /// Null: the link that `job` was for is not wanted any more.
    Wanted* wantedFor(const Ed25519PublicKey& member, std::uint64_t job);
    asio::awaitable<void> keep(Ed25519PublicKey member, std::uint64_t job);
    asio::awaitable<Result<Opened>> open(Ed25519PublicKey member);
    asio::awaitable<Result<net::UpgradedChannel>> upgrade(Ed25519PublicKey member,
                                                          net::Stream stream);
    std::shared_ptr<net::PeerLink> made(const Ed25519PublicKey& member, net::UpgradedChannel taken);
    void requested(const Ed25519PublicKey& member, const net::LinkReverse& request);
    asio::awaitable<void> connectBack(Ed25519PublicKey member, std::uint64_t job,
                                      net::LinkReverse request);
    asio::awaitable<Result<void>> connectWith(net::Location at, net::LinkReverse request,
                                              Duration limit);
    void asked(const Ed25519PublicKey& member, const net::LinkSignal& question);
    asio::awaitable<void> answer(Ed25519PublicKey member, std::uint64_t job,
                                 net::LinkSignal question);
    void refuse(Wanted& wanted, std::uint64_t number, net::LinkRefusalReason reason);
    bool takeToken(Wanted& wanted);
    void lookAtNetwork(Wanted& wanted);
    Duration restAfter(unsigned failures);

    Parts m_parts;
    std::map<Ed25519PublicKey, Wanted> m_wanted;
    std::uint64_t m_lastJob = 0;
    net::TlsClientContext m_tls;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
