// punch_peer: one side of a punched path, for tests/netns/test_punch.py. Signals go over a
// connection to a double on a public host, made from the listening port, which also says how that
// port is seen. Speaks lines with it:
//
//   here:  hello NAME           ask NAME NUMBER HEX        answer NAME NUMBER HEX
//   there: seen ADDRESS:PORT    question NAME NUMBER HEX   answer NUMBER HEX
//
// Who asks connects, sends for a while and prints one line of JSON; who answers counts what comes
// and says so.
#include "core/base/executor.h"
#include "core/base/random.h"
#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/net/line_io.h"
#include "core/net/listener.h"
#include "core/net/socket_io.h"
#include "profiles/friendnet/punch_way.h"
#include "tests/support/test_identity.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <deque>
#include <map>
#include <sstream>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kLongestLine = 16 * 1024;
constexpr std::size_t kPiece = 128 * 1024;

struct Options
{
    std::string name;
    std::string peer; ///< empty: answers
    net::Endpoint rendezvous;
    net::Endpoint own;
    std::vector<net::Endpoint> stun;
    bool tcp = false;
    bool udp = false;
    Duration send = 0s;
    unsigned times = 1;
};

net::PeerKey keyOf(const std::string& name)
{
    net::PeerKey out;
    const std::size_t count = std::min<std::size_t>(name.size(), net::PeerKey::kSize);
    std::copy_n(asBytes(name).begin(), count, out.mutableView().begin());
    return out;
}

Bytes fromHex(const std::string& text)
{
    Bytes out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        unsigned value = 0;
        std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
        out.push_back(static_cast<std::byte>(value));
    }
    return out;
}

double secondsOf(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

/// The connection to the double.
class Signals final : public PeerSignals
{
public:
    Signals(asio::any_io_executor engine, Clock& clock) : m_engine(engine), m_clock(clock) {}

    asio::awaitable<Result<void>> open(Options options)
    {
        TARN_CO_TRY(net::Stream begun,
                    beginFromPort(m_engine, options.own.port(), options.rendezvous));
        m_io.emplace(std::move(begun), m_clock);
        m_io->expireAt(m_clock.now() + 10s);
        TARN_CO_TRY_VOID(co_await m_io->waitWritable());
        TARN_CO_TRY_VOID(co_await say("hello " + options.name));
        TARN_CO_TRY(const std::string line, co_await net::receiveLine(*m_io, kLongestLine));
        TARN_CO_TRY(m_seen, net::parseEndpoint(std::string_view(line).substr(5)));
        m_io->expireAt(TimePoint::max());
        co_return ok();
    }
    asio::awaitable<Result<void>> listen(SignalHandler& handler)
    {
        TaskGroup tasks(m_engine);
        while (true) {
            TARN_CO_TRY(const std::string line, co_await net::receiveLine(*m_io, kLongestLine));
            std::istringstream in(line);
            std::string kind;
            std::string from;
            std::string number;
            std::string text;
            in >> kind;
            if (kind == "question") {
                in >> from >> number >> text;
                tasks.spawn(answer(handler, from, number, fromHex(text)));
            } else if (kind == "answer") {
                in >> number >> text;
                m_answers[number] = fromHex(text);
                m_came.notifyAll();
            }
        }
    }
    bool reaches(const net::PeerKey& /*peer*/) const override { return true; }
    asio::awaitable<Result<Bytes>> ask(net::PeerKey peer, Bytes question) override
    {
        const std::string number = std::to_string(++m_number);
        std::string name(asText(peer.view()));
        name.resize(name.find('\0'));
        std::string line = "ask " + name + " " + number + " " + toHex(question);
        TARN_CO_TRY_VOID(co_await say(std::move(line)));
        while (!m_answers.contains(number))
            co_await m_came.wait();
        co_return std::move(m_answers[number]);
    }
    const net::Endpoint& seen() const { return m_seen; }

private:
    asio::awaitable<Result<void>> say(std::string line)
    {
        line += '\n';
        return m_io->sendAll(asBytes(m_said.emplace_back(std::move(line))));
    }
    asio::awaitable<void> answer(SignalHandler& handler, std::string from, std::string number,
                                 Bytes question)
    {
        Result<Bytes> out = co_await handler.onSignal(keyOf(from), std::move(question));
        if (!out) {
            std::fprintf(stderr, "no answer: %s\n", out.error().text().c_str());
            co_return;
        }
        std::string line = "answer " + from + " " + number + " " + toHex(*out);
        const Result<void> said = co_await say(std::move(line));
        static_cast<void>(said);
    }

    asio::any_io_executor m_engine;
    Clock& m_clock;
    std::optional<net::SocketIo> m_io;
    std::deque<std::string> m_said; ///< lines that may still be on their way
    net::Endpoint m_seen;
    std::map<std::string, Bytes> m_answers;
    Signal m_came{m_engine};
    unsigned m_number = 0;
};

/// Counts what comes until its end, then says how much in how many nanoseconds.
asio::awaitable<Result<void>> count(net::Stream stream, Clock& clock)
{
    net::SocketIo io(std::move(stream), clock);
    io.expireAt(clock.now() + 10min);
    Bytes room(kPiece);
    std::uint64_t total = 0;
    TimePoint first{};
    TimePoint last{};
    while (true) {
        const net::SocketAttempt attempt = io.tryReceive(room);
        if (attempt.state == net::SocketAttempt::State::WouldBlock) {
            TARN_CO_TRY_VOID(co_await io.waitReadable());
            continue;
        }
        if (attempt.state == net::SocketAttempt::State::End) break;
        if (attempt.state != net::SocketAttempt::State::Moved) co_return io.failure(attempt.error);
        last = clock.now();
        if (total == 0) first = last;
        total += attempt.bytes;
        io.spend(attempt.bytes);
        if (io.turnOver()) co_await io.breathe();
    }
    Bytes report;
    appendBig<std::uint64_t>(report, total);
    appendBig<std::uint64_t>(report, static_cast<std::uint64_t>((last - first).count()));
    TARN_CO_TRY_VOID(co_await io.sendAll(report));
    io.endWriting();
    // The other side's end comes before this one goes.
    co_await clock.sleep(300ms);
    co_return ok();
}

struct Figures
{
    std::uint64_t bytes = 0;
    double seconds = 0;
};

asio::awaitable<Result<Figures>> measure(net::Stream stream, Clock& clock, Duration send)
{
    net::SocketIo io(std::move(stream), clock);
    io.expireAt(clock.now() + send + 60s);
    const TimePoint until = clock.now() + send;
    const Bytes piece = zeroBytes(kPiece);
    do {
        TARN_CO_TRY_VOID(co_await io.sendAll(piece));
    } while (clock.now() < until);
    io.endWriting();
    std::array<std::byte, 16> report{};
    TARN_CO_TRY_VOID(co_await io.receiveExactly(report));
    Figures out;
    out.bytes = loadBig<std::uint64_t>(report, 0);
    out.seconds = static_cast<double>(loadBig<std::uint64_t>(report, 8)) / 1e9;
    co_return out;
}

/// What else comes to the listening port.
class Nobody final : public net::HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        net::HttpHeaders none;
        std::string text = "nothing is here\n";
        co_return co_await exchange.respondText(404, std::move(none), std::move(text));
    }
};

class Node
{
public:
    Node(asio::io_context& engine, Options options)
        : m_engine(engine.get_executor()), m_options(std::move(options)),
          m_tickets(m_clock, m_random), m_signals(m_engine, m_clock), m_nice(m_clock),
          m_tasks(m_engine)
    {
    }

    asio::awaitable<Result<void>> run()
    {
        net::ListenerConfig config;
        config.address = m_options.own;
        config.identity = test::makeIdentity();
        config.tickets = &m_tickets;
        config.reusePort = true;
        TARN_CO_TRY(m_listener,
                    net::Listener::open(m_engine, std::move(config), m_nobody, m_clock));
        TARN_CO_TRY_VOID(co_await m_signals.open(m_options));
        m_answerer.emplace(
            parts(), [this](net::Stream stream) { m_tasks.spawn(counted(std::move(stream))); });
        if (m_options.peer.empty()) {
            std::printf("{\"ready\": true}\n");
            std::fflush(stdout);
            co_return co_await m_signals.listen(*m_answerer);
        }
        m_tasks.spawn(listening());
        for (unsigned i = 0; i < m_options.times; ++i)
            co_await ask();
        co_return ok();
    }

private:
    asio::awaitable<void> listening()
    {
        const Result<void> ended = co_await m_signals.listen(*m_answerer);
        static_cast<void>(ended);
    }
    asio::awaitable<void> counted(net::Stream stream)
    {
        const Result<void> done = co_await count(std::move(stream), m_clock);
        if (!done) std::fprintf(stderr, "not counted: %s\n", done.error().text().c_str());
    }
    asio::awaitable<void> ask()
    {
        PunchWay way(parts(), m_signals);
        const TimePoint begun = m_clock.now();
        Result<net::Stream> stream = co_await way.connect(keyOf(m_options.peer));
        const double seconds = secondsOf(m_clock.now() - begun);
        if (!stream) {
            std::printf("{\"connected\": false, \"seconds\": %.3f, \"why\": \"%s\"}\n", seconds,
                        stream.error().message().c_str());
            co_return;
        }
        int domain = 0;
        socklen_t size = sizeof domain;
        ::getsockopt(stream->socket.native_handle(), SOL_SOCKET, SO_DOMAIN, &domain, &size);
        // What the stream over UDP is held against.
        if (domain != AF_UNIX)
            ::setsockopt(stream->socket.native_handle(), IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
        const char* kind = domain == AF_UNIX ? "udp" : "tcp";
        const std::string peer = stream->peer;
        const Result<Figures> figures =
            co_await measure(*std::move(stream), m_clock, m_options.send);
        if (!figures) {
            std::printf("{\"connected\": true, \"kind\": \"%s\", \"seconds\": %.3f, \"broken\": "
                        "\"%s\"}\n",
                        kind, seconds, figures.error().text().c_str());
            co_return;
        }
        std::printf("{\"connected\": true, \"kind\": \"%s\", \"seconds\": %.3f, \"bytes\": %llu, "
                    "\"took\": %.3f, \"peer\": \"%s\"}\n",
                    kind, seconds, static_cast<unsigned long long>(figures->bytes),
                    figures->seconds, peer.c_str());
        std::fflush(stdout);
    }
    PunchParts parts()
    {
        return PunchParts{m_engine,  m_clock, m_random,
                          m_tickets, m_nice,  [this] { return self(); }};
    }
    PunchSelf self() const
    {
        PunchSelf out;
        out.tcp = m_options.tcp;
        out.udp = m_options.udp;
        out.portV4 = m_options.own.port();
        out.seen = {m_signals.seen()};
        out.own = {m_options.own.address()};
        out.stun = m_options.stun;
        return out;
    }

    asio::any_io_executor m_engine;
    Options m_options;
    SystemClock m_clock;
    SystemRandom m_random;
    Nobody m_nobody;
    net::TicketRegistry m_tickets;
    Signals m_signals;
    NiceThread m_nice;
    std::unique_ptr<net::Listener> m_listener;
    std::optional<PunchAnswerer> m_answerer;
    TaskGroup m_tasks;
};

Options optionsOf(int count, char** values)
{
    Options out;
    for (int i = 1; i < count; ++i) {
        const std::string option = values[i];
        if (option == "--tcp") {
            out.tcp = true;
            continue;
        }
        if (option == "--udp") {
            out.udp = true;
            continue;
        }
        if (++i == count) break;
        const std::string value = values[i];
        if (option == "--name") out.name = value;
        if (option == "--peer") out.peer = value;
        if (option == "--rendezvous") out.rendezvous = *net::parseEndpoint(value);
        if (option == "--own") out.own = *net::parseEndpoint(value);
        if (option == "--stun") out.stun.push_back(*net::parseEndpoint(value));
        if (option == "--seconds")
            out.send = std::chrono::milliseconds(std::lround(std::stod(value) * 1000));
        if (option == "--times") out.times = static_cast<unsigned>(std::stoul(value));
    }
    return out;
}

} // namespace

int main(int count, char** values)
{
    asio::io_context engine;
    Node node(engine, optionsOf(count, values));
    int status = 1;
    auto done = [&](const std::exception_ptr& thrown, const Result<void>& result) {
        if (thrown) std::rethrow_exception(thrown);
        if (!result) std::fprintf(stderr, "%s\n", result.error().text().c_str());
        status = result ? 0 : 1;
        engine.stop();
    };
    asio::co_spawn(engine, node.run(), done);
    engine.run();
    return status;
}
