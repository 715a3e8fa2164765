#include "core/net/sam_session.h"

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/net/line_io.h"
#include "core/net/route.h"
#include "core/net/sam_reply.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::net {

namespace {

constexpr Duration kAnswerLimit = std::chrono::seconds(60);
/// Tunnels have to be built before a session is open.
constexpr Duration kSessionLimit = std::chrono::minutes(3);
constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::minutes(1);
constexpr std::size_t kMostLine = 16 * 1024;
constexpr std::size_t kIdBytes = 8;

Error refusal(const SamReply& reply, std::string_view what)
{
    constexpr std::size_t kShown = 200;
    std::string text = "SAM: " + std::string(what) + ": " + std::string(reply.value("RESULT"));
    const std::string_view message = reply.value("MESSAGE");
    if (!message.empty()) text += ", " + std::string(message.substr(0, kShown));
    return Error(ErrorCode::PeerUnreachable, std::move(text));
}

/// One command and its answer.
asio::awaitable<Result<SamReply>> ask(SocketIo& io, Clock& clock, Secret line, std::string topic,
                                      Duration limit)
{
    io.expireAt(clock.now() + limit);
    TARN_CO_TRY_VOID(co_await io.sendAll(line.view()));
    TARN_CO_TRY(const std::string text, co_await receiveLine(io, kMostLine));
    TARN_CO_TRY(SamReply reply, parseSamReply(text));
    if (reply.topic != topic)
        co_return Error(ErrorCode::PeerMisbehaved, "SAM: \"" + topic + "\" was expected");
    io.expireAt(TimePoint::max());
    co_return reply;
}

asio::awaitable<Result<std::unique_ptr<SocketIo>>> greet(Endpoint router, Clock& clock)
{
    ConnectOptions options;
    TARN_CO_TRY(Stream stream, co_await connectTcp(router, std::move(options), clock));
    auto io = std::make_unique<SocketIo>(std::move(stream), clock);
    Secret hello(std::string_view("HELLO VERSION MIN=3.1 MAX=3.1\n"));
    TARN_CO_TRY(const SamReply reply,
                co_await ask(*io, clock, std::move(hello), "HELLO REPLY", kAnswerLimit));
    if (!reply.good()) co_return refusal(reply, "HELLO");
    co_return io;
}

/// One word of a command.
bool isWord(std::string_view text)
{
    return !text.empty() && text.find_first_of(" \t\"\\\r\n") == std::string_view::npos;
}

} // namespace

asio::awaitable<Result<void>> greetI2p(Endpoint router, Clock& clock)
{
    TARN_CO_TRY(const std::unique_ptr<SocketIo> io, co_await greet(router, clock));
    co_return ok();
}

asio::awaitable<Result<Secret>> makeI2pKeys(Endpoint router, Clock& clock)
{
    TARN_CO_TRY(const std::unique_ptr<SocketIo> io, co_await greet(router, clock));
    Secret line(std::string_view("DEST GENERATE SIGNATURE_TYPE=7\n"));
    TARN_CO_TRY(const SamReply reply,
                co_await ask(*io, clock, std::move(line), "DEST REPLY", kAnswerLimit));
    const std::string_view keys = reply.value("PRIV");
    const Result<std::string> name = i2pNameOf(keys);
    const Result<std::string> named = i2pNameOf(reply.value("PUB"));
    if (!name || !named || *name != *named)
        co_return Error(ErrorCode::PeerMisbehaved, "SAM: keys that do not belong together");
    co_return Secret(keys);
}

struct SamSession::Core
{
    enum class State { Idle, Opening, Open };

    Core(asio::any_io_executor executorToUse, SamSettings settingsToUse, Secret keysToUse,
         Clock& clockToUse, Random& randomToUse)
        : executor(std::move(executorToUse)), settings(std::move(settingsToUse)),
          keys(std::move(keysToUse)), clock(clockToUse), random(randomToUse),
          changed(executor, asio::steady_timer::time_point::max())
    {
    }

    void become(State next)
    {
        state = next;
        changed.cancel();
    }
    void note(const Error& why)
    {
        if (trouble != why.message()) {
            TARN_LOG(Warning, Net, "no session in the I2P network",
                     {"router", textOf(settings.router)}, {"error", why.text()});
        }
        trouble = why.message();
    }

    asio::any_io_executor executor;
    SamSettings settings;
    Secret keys;
    Clock& clock;
    Random& random;
    asio::steady_timer changed; ///< cancelled at every change of `state`
    State state = State::Idle;
    std::string id;
    std::string trouble = "not opened yet";
    Duration pause = kFirstPause;
    TimePoint notBefore{};
    std::shared_ptr<asio::cancellation_signal> stop; ///< of the coroutine that keeps it
    bool stopped = false;
};

SamSession::SamSession(asio::any_io_executor executor, SamSettings settings, Secret keys,
                       Clock& clock, Random& random)
    : m_core(std::make_shared<Core>(std::move(executor), std::move(settings), std::move(keys),
                                    clock, random))
{
    if (m_core->settings.forward) begin(m_core);
}

SamSession::~SamSession()
{
    m_core->stopped = true;
    if (m_core->state != Core::State::Idle)
        emitCancel(m_core->executor, *m_core->stop, m_core->stop);
}

const std::string& SamSession::trouble() const
{
    return m_core->trouble;
}

void SamSession::begin(const std::shared_ptr<Core>& core)
{
    core->become(Core::State::Opening);
    core->stop = std::make_shared<asio::cancellation_signal>();
    auto ended = [core, signal = core->stop](std::exception_ptr /*cancelled*/,
                                             const Result<void>&) {
        core->become(Core::State::Idle);
    };
    asio::co_spawn(core->executor, keep(core),
                   asio::bind_cancellation_slot(core->stop->slot(), std::move(ended)));
}

/// \return why it ended.
asio::awaitable<Result<void>> SamSession::serve(std::shared_ptr<Core> core)
{
    Clock& clock = core->clock;
    TARN_CO_TRY(const std::unique_ptr<SocketIo> session,
                co_await greet(core->settings.router, clock));
    core->id = "tarn-" + toHex(core->random.bytes(kIdBytes));
    const bool transient = core->keys.empty();
    const std::string_view keys = transient ? "TRANSIENT" : asText(core->keys.view());
    std::string text = "SESSION CREATE STYLE=STREAM ID=" + core->id +
                       " DESTINATION=" + std::string(keys) +
                       (transient ? " SIGNATURE_TYPE=7" : "") + " i2cp.leaseSetEncType=4,0\n";
    Secret create(text);
    wipe(std::as_writable_bytes(std::span(text)));
    TARN_CO_TRY(const SamReply created,
                co_await ask(*session, clock, std::move(create), "SESSION STATUS", kSessionLimit));
    if (!created.good()) co_return refusal(created, "SESSION CREATE");
    std::unique_ptr<SocketIo> forward;
    if (core->settings.forward) {
        const Endpoint& target = *core->settings.forward;
        TARN_CO_TRY(forward, co_await greet(core->settings.router, clock));
        Secret line("STREAM FORWARD ID=" + core->id + " PORT=" + std::to_string(target.port()) +
                    " HOST=" + target.address().to_string() + " SILENT=true\n");
        TARN_CO_TRY(const SamReply forwarded,
                    co_await ask(*forward, clock, std::move(line), "STREAM STATUS", kAnswerLimit));
        if (!forwarded.good()) co_return refusal(forwarded, "STREAM FORWARD");
    }
    core->trouble.clear();
    core->pause = kFirstPause;
    core->become(Core::State::Open);
    TARN_LOG(Info, Net, "session in the I2P network", {"router", textOf(core->settings.router)});
    for (;;) {
        const Result<std::string> line = co_await receiveLine(*session, kMostLine);
        if (!line) co_return line.error().within("the session ended");
    }
}

asio::awaitable<Result<void>> SamSession::keep(std::shared_ptr<Core> core)
{
    for (;;) {
        const Result<void> ended = co_await serve(core);
        if (core->stopped) break;
        core->note(ended.error());
        core->notBefore = core->clock.now() + core->pause;
        const Duration pause = core->pause;
        core->pause = std::min(pause * 2, kLongestPause);
        if (!core->settings.forward) break;
        core->become(Core::State::Opening);
        co_await core->clock.sleep(pause);
        if (core->stopped) break;
    }
    co_return ok();
}

asio::awaitable<Result<void>> SamSession::waitUntilOpen(std::shared_ptr<Core> core)
{
    if (core->state == Core::State::Idle) {
        if (core->stopped || core->clock.now() < core->notBefore)
            co_return Error(ErrorCode::PeerUnreachable, core->trouble);
        begin(core);
    }
    while (core->state == Core::State::Opening)
        co_await core->changed.async_wait(asio::as_tuple(asio::use_awaitable));
    if (core->state == Core::State::Open) co_return ok();
    co_return Error(ErrorCode::PeerUnreachable, core->trouble);
}

asio::awaitable<Result<Stream>> SamSession::connectFrom(std::shared_ptr<Core> core,
                                                        std::string name)
{
    TARN_CO_TRY_VOID(co_await waitUntilOpen(core));
    TARN_CO_TRY(const std::unique_ptr<SocketIo> io,
                co_await greet(core->settings.router, core->clock));
    Secret lookup("NAMING LOOKUP NAME=" + name + "\n");
    TARN_CO_TRY(const SamReply found,
                co_await ask(*io, core->clock, std::move(lookup), "NAMING REPLY", kAnswerLimit));
    if (!found.good()) co_return refusal(found, name);
    const std::string_view destination = found.value("VALUE");
    if (!isWord(destination))
        co_return Error(ErrorCode::PeerMisbehaved, "SAM: " + name + " has no destination");
    Secret line("STREAM CONNECT ID=" + core->id + " DESTINATION=" + std::string(destination) +
                " SILENT=false\n");
    TARN_CO_TRY(const SamReply connected,
                co_await ask(*io, core->clock, std::move(line), "STREAM STATUS", kAnswerLimit));
    if (!connected.good()) co_return refusal(connected, name);
    Stream stream = std::move(*io).release();
    stream.path = PathKind::Sam;
    stream.peer = name + " via " + textOf(core->settings.router);
    co_return stream;
}

asio::awaitable<Result<Stream>> SamSession::connect(std::string name, Duration limit)
{
    if (!isWord(name))
        co_return Error(ErrorCode::InvalidInput, "\"" + name + "\" is not a name of I2P");
    const std::shared_ptr<Core> core = m_core;
    std::string what = "connecting to " + name;
    asio::awaitable<Result<Stream>> work = connectFrom(core, std::move(name));
    co_return co_await withDeadline<Stream>(core->clock, limit, std::move(what), std::move(work));
}

} // namespace tarn::net
