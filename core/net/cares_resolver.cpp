#include "core/net/cares_resolver.h"

#include "core/base/check.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unistd.h>

#include <array>
#include <map>
#include <optional>

namespace tarn::net {

namespace {

constexpr int kPatienceMs = 2000;
constexpr int kTries = 2;
/// How often c-ares looks at its deadlines while questions are open.
constexpr Duration kTick = std::chrono::milliseconds(500);
constexpr std::size_t kMostAddresses = 16;
constexpr std::size_t kMostName = 253;

/// What a question waits for.
struct Question
{
    explicit Question(const asio::any_io_executor& executor)
        : answered(executor, asio::steady_timer::time_point::max())
    {
    }
    asio::steady_timer answered;
    std::optional<int> status;
    std::vector<asio::ip::address> addresses;
    bool six = false;
};

void take(Question& question, const unsigned char* bytes, int size)
{
    int count = kMostAddresses;
    if (question.six) {
        std::array<ares_addr6ttl, kMostAddresses> found{};
        if (ares_parse_aaaa_reply(bytes, size, nullptr, found.data(), &count) != ARES_SUCCESS)
            return;
        for (int i = 0; i < count; ++i) {
            asio::ip::address_v6::bytes_type raw{};
            const auto& address = found.at(static_cast<std::size_t>(i)).ip6addr;
            std::copy_n(reinterpret_cast<const unsigned char*>(&address), raw.size(), raw.begin());
            question.addresses.emplace_back(asio::ip::address_v6(raw));
        }
        return;
    }
    std::array<ares_addrttl, kMostAddresses> found{};
    if (ares_parse_a_reply(bytes, size, nullptr, found.data(), &count) != ARES_SUCCESS) return;
    for (int i = 0; i < count; ++i) {
        asio::ip::address_v4::bytes_type raw{};
        const auto& address = found.at(static_cast<std::size_t>(i)).ipaddr;
        std::copy_n(reinterpret_cast<const unsigned char*>(&address), raw.size(), raw.begin());
        question.addresses.emplace_back(asio::ip::address_v4(raw));
    }
}

void onAnswer(void* argument, int status, int /*timeouts*/, unsigned char* bytes, int size)
{
    const std::unique_ptr<std::shared_ptr<Question>> held(
        static_cast<std::shared_ptr<Question>*>(argument));
    Question& question = **held;
    question.status = status;
    if (status == ARES_SUCCESS) take(question, bytes, size);
    question.answered.cancel();
}

bool isName(std::string_view name)
{
    if (name.empty() || name.size() > kMostName) return false;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        if (!plain) return false;
    }
    return true;
}

Error errorOf(int status, const std::string& name)
{
    const std::string text = "looking up " + name + ": " + ares_strerror(status);
    switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_SUCCESS:
        return Error(ErrorCode::NotFound, "looking up " + name + ": it has no address");
    case ARES_ETIMEOUT:
        return Error(ErrorCode::Timeout, text);
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
        return Error(ErrorCode::Cancelled, text);
    case ARES_EBADNAME:
        return Error(ErrorCode::InvalidInput, text);
    default:
        return Error(ErrorCode::PeerUnreachable, text);
    }
}

} // namespace

struct CaresResolver::Core : std::enable_shared_from_this<CaresResolver::Core>
{
    /// A socket of c-ares, watched through a descriptor of our own.
    struct Watch
    {
        Watch(const asio::any_io_executor& executor, int fd) : descriptor(executor, ::dup(fd)) {}
        asio::posix::stream_descriptor descriptor;
        bool readable = false;
        bool writable = false;
    };

    Core(asio::any_io_executor executorToUse, Clock& clockToUse)
        : executor(std::move(executorToUse)), clock(clockToUse),
          tickStop(executor, asio::steady_timer::time_point::max())
    {
    }
    ~Core()
    {
        if (channel != nullptr) ares_destroy(channel);
    }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    Result<void> init(const std::vector<Endpoint>& servers);
    static void onSocket(void* self, ares_socket_t fd, int readable, int writable);
    static asio::awaitable<void> watch(std::shared_ptr<Core> self, std::shared_ptr<Watch> watch,
                                       ares_socket_t fd, bool forReading);
    static asio::awaitable<void> tick(std::shared_ptr<Core> self);
    void begin();

    asio::any_io_executor executor;
    Clock& clock;
    ares_channel channel = nullptr;
    std::map<ares_socket_t, std::shared_ptr<Watch>> watches;
    asio::steady_timer tickStop;
    std::size_t open = 0; ///< questions
    bool ticking = false;
};

Result<void> CaresResolver::Core::init(const std::vector<Endpoint>& servers)
{
    static const int libraryReady = ares_library_init(ARES_LIB_INIT_ALL);
    if (libraryReady != ARES_SUCCESS) return Error(ErrorCode::IoFailure, "c-ares cannot be used");
    // With all of these given, c-ares reads no file and no environment.
    ares_options options{};
    std::array<char, 2> lookups = {'b', '\0'};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = kPatienceMs;
    options.tries = kTries;
    options.ndots = 0;
    options.lookups = lookups.data();
    options.sock_state_cb = &Core::onSocket;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                     ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_SERVERS |
                     ARES_OPT_DOMAINS | ARES_OPT_SORTLIST;
    int status = ares_init_options(&channel, &options, mask);
    std::string list;
    for (const Endpoint& server : servers)
        list += (list.empty() ? "" : ",") + textOf(server);
    if (status == ARES_SUCCESS) status = ares_set_servers_ports_csv(channel, list.c_str());
    if (status == ARES_SUCCESS) return ok();
    return Error(ErrorCode::IoFailure, std::string("c-ares: ") + ares_strerror(status));
}

void CaresResolver::Core::onSocket(void* self, ares_socket_t fd, int readable, int writable)
{
    Core& core = *static_cast<Core*>(self);
    const std::shared_ptr<Core> alive = core.weak_from_this().lock();
    const auto found = core.watches.find(fd);
    if (!alive || (readable == 0 && writable == 0)) {
        if (found == core.watches.end()) return;
        boost::system::error_code ignored;
        found->second->descriptor.close(ignored);
        core.watches.erase(found);
        return;
    }
    std::shared_ptr<Watch>& watch = core.watches[fd];
    if (!watch) watch = std::make_shared<Watch>(core.executor, fd);
    const auto start = [&](bool& waiting, int wanted, bool forReading) {
        if (waiting || wanted == 0) return;
        waiting = true;
        asio::co_spawn(core.executor, Core::watch(alive, watch, fd, forReading),
                       [](std::exception_ptr /*the engine ends*/) {});
    };
    start(watch->readable, readable, true);
    start(watch->writable, writable, false);
}

asio::awaitable<void> CaresResolver::Core::watch(std::shared_ptr<Core> self,
                                                 std::shared_ptr<Watch> watch, ares_socket_t fd,
                                                 bool forReading)
{
    const auto type = forReading ? asio::posix::stream_descriptor::wait_read
                                 : asio::posix::stream_descriptor::wait_write;
    for (;;) {
        auto [error] =
            co_await watch->descriptor.async_wait(type, asio::as_tuple(asio::use_awaitable));
        const auto now = self->watches.find(fd);
        if (error || now == self->watches.end() || now->second != watch) co_return;
        if (!forReading) watch->writable = false; // asked for anew when needed
        ares_process_fd(self->channel, forReading ? fd : ARES_SOCKET_BAD,
                        forReading ? ARES_SOCKET_BAD : fd);
        if (!forReading) co_return;
    }
}

asio::awaitable<void> CaresResolver::Core::tick(std::shared_ptr<Core> self)
{
    while (self->open > 0) {
        co_await self->clock.sleep(kTick);
        if (self->open > 0) ares_process_fd(self->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
    self->ticking = false;
}

void CaresResolver::Core::begin()
{
    ++open;
    if (ticking) return;
    ticking = true;
    asio::co_spawn(executor, tick(shared_from_this()), [](std::exception_ptr /*the end*/) {});
}

Result<std::unique_ptr<CaresResolver>> CaresResolver::open(asio::any_io_executor executor,
                                                           const std::vector<Endpoint>& servers,
                                                           Clock& clock)
{
    auto core = std::make_shared<Core>(std::move(executor), clock);
    TARN_TRY_VOID(core->init(servers));
    return std::unique_ptr<CaresResolver>(new CaresResolver(std::move(core)));
}

CaresResolver::~CaresResolver()
{
    ares_cancel(m_core->channel);
}

asio::awaitable<Result<std::vector<asio::ip::address>>> CaresResolver::resolve(std::string name)
{
    const std::shared_ptr<Core> core = m_core;
    if (!isName(name)) co_return Error(ErrorCode::InvalidInput, "not a name: \"" + name + "\"");
    std::vector<asio::ip::address> out;
    int status = ARES_SUCCESS;
    for (const bool six : {false, true}) {
        const auto question = std::make_shared<Question>(core->executor);
        question->six = six;
        core->begin();
        struct End
        {
            Core& core;
            ~End() { --core.open; }
        } end{*core};
        auto* argument = new std::shared_ptr<Question>(question);
        ares_query(core->channel, name.c_str(), ns_c_in, six ? ns_t_aaaa : ns_t_a, &onAnswer,
                   argument);
        while (!question->status)
            co_await question->answered.async_wait(asio::as_tuple(asio::use_awaitable));
        if (question->addresses.empty()) status = *question->status;
        out.insert(out.end(), question->addresses.begin(), question->addresses.end());
        if (status == ARES_ECANCELLED || status == ARES_EDESTRUCTION) break;
        if (out.empty() && status != ARES_ENODATA && status != ARES_SUCCESS) break;
    }
    if (out.empty()) co_return errorOf(status, name);
    co_return out;
}

} // namespace tarn::net
