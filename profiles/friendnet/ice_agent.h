// ice_agent: one side of ICE over UDP: finds the addresses under which this machine can be sent
// to, agrees with the other side on a pair that works, and carries datagrams over it, as long as
// the other side consents. On the nice thread only. The only user of libnice.
// Source: RFC 8445, RFC 7675, by libnice 0.1.21.
#pragma once

#include "core/net/address.h"
#include "profiles/friendnet/nice_thread.h"
#include "profiles/friendnet/punch_message.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::profiles {

struct TurnServer
{
    net::Endpoint address;
    std::string user;
    std::string password; ///< a secret: never logged
};

struct IceSettings
{
    bool asks = false;                       ///< decides which pair is taken
    std::vector<net::asio::ip::address> own; ///< what may be used of this machine; not empty
    std::optional<net::Endpoint> stun;       ///< not asked where there is `turn`
    std::optional<TurnServer> turn;
};

class IceAgent
{
public:
    /// Called from the thread's loop.
    struct Events
    {
        std::function<void()> gathered;
        std::function<void()> connected;        ///< once: a pair works
        std::function<void()> failed;           ///< once: no pair works, or consent has ended
        std::function<void(ByteView)> datagram; ///< from who has proven itself on a pair
    };
    /// \return InvalidInput: no own address.  IoFailure: libnice cannot begin.
    static Result<std::unique_ptr<IceAgent>> begin(NiceThread& thread, IceSettings settings,
                                                   Events events);
    /// No event comes any more.
    ~IceAgent();
    IceAgent(const IceAgent&) = delete;
    IceAgent& operator=(const IceAgent&) = delete;

    /// What is known of this side so far. Without addresses that nobody may be told.
    Result<PunchIce> local() const;
    /// Candidates that make no sense for this machine are left out.
    Result<void> setRemote(const PunchIce& other);
    /// Over the pair that works; lost where there is none, or no room.
    void send(ByteView datagram);
    /// "192.168.1.2:40000 to 11.22.33.102:40001", for people.
    std::string pair() const;

private:
    struct Impl;
    explicit IceAgent(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

} // namespace tarn::profiles
