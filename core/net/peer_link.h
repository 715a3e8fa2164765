// peer_link: one end of a peer link: frames in both directions on a connection that was upgraded,
// and an eye on whether the other side is still there. Time comes by tick(). Engine thread.
// Source: core/doc/protocol/peer-link.md.
#pragma once

#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/net/http_client.h"
#include "core/net/link_frame.h"

#include <functional>
#include <memory>
#include <optional>

namespace tarn::net {

inline constexpr Duration kLinkPing = std::chrono::seconds(15); ///< of who made the link
inline constexpr Duration kLinkAnswer = std::chrono::seconds(5);
inline constexpr Duration kLinkProbe = std::chrono::seconds(3); ///< after this machine slept
inline constexpr Duration kLinkSilence = std::chrono::seconds(45);
inline constexpr Duration kLinkHello = std::chrono::seconds(10);

class PeerLink final : public std::enable_shared_from_this<PeerLink>
{
public:
    enum class Side {
        Made, ///< connected: keeps it alive, and connects again when asked to
        Taken ///< was connected to
    };
    /// Called on the engine; none of them once the link is over.
    struct Events
    {
        std::function<void()> heard; ///< something came; the first time: the link is up
        std::function<void(const LinkReverse&)> reverse;
        std::function<void(const LinkRefusal&)> refused;
        std::function<void(const LinkTerms&)> terms;   ///< of who was connected to
        std::function<void(const LinkSignal&)> signal; ///< to who made the link
        std::function<void(const LinkSignalAnswer&)> answered;
    };
    /// In a shared_ptr. `clock` outlives it.
    PeerLink(asio::any_io_executor engine, UpgradedChannel taken, Side side, Clock& clock,
             Events events);

    /// Until the link is over. \return why.
    static asio::awaitable<Error> run(std::shared_ptr<PeerLink> self);
    /// Both have said hello, and it is not over.
    bool up() const { return m_up && !m_over; }
    /// \return PeerUnreachable: the link is over, or the other side does not read.
    Result<void> send(const LinkFrame& frame);
    /// Every two seconds or so.
    void tick();
    /// The other side has to show at once that it is there. Only of a link made here.
    void probe();
    void close(const Error& why);

private:
    asio::awaitable<Error> read();
    static asio::awaitable<void> write(std::shared_ptr<PeerLink> self);
    Result<void> takeAll();
    Result<void> take(const LinkFrame& frame);
    Result<void> answer(const LinkFrame& frame);
    Result<void> answerSignals(const LinkFrame& frame);
    bool tooMany();
    void ask(Duration limit);

    UpgradedChannel m_taken;
    Side m_side;
    Clock& m_clock;
    Events m_events;
    LinkFrameReader m_reader;
    Bytes m_outgoing;
    Signal m_more; ///< to write, or it is over
    std::optional<Error> m_over;
    bool m_up = false;
    bool m_asked = false;
    std::uint64_t m_number = 0; ///< of the last ping
    TimePoint m_heard;
    TimePoint m_deadBy; ///< unless something comes
    double m_allowance; ///< frames that the other side may send now
    TimePoint m_allowedAt;
    TaskGroup m_tasks;
};

} // namespace tarn::net
