// Every line that check_coroutines.py has to report carries its mark; no other line does.
#include "core/base/cases.h"

#define RUN(x)                                                                                     \
    co_await x({1, 2})

namespace tarn {

asio::awaitable<int> withDefault(Options options = {}); // EXPECT
asio::awaitable<int> withNumber(int count = 3);

struct Holder
{
    Options m_options{1, 2};
    asio::awaitable<void> member() const { co_await withNumber(2); }
};

asio::awaitable<Result<void>> temporaries(Values values)
{
    co_await f({1, 2}); // EXPECT
    co_await f(Args{1}); // EXPECT
    co_await f(std::vector<int>{1}); // EXPECT
    const Args args{1};
    const std::map<int, int> table = {{1, 2}};
    co_await f(args);
    co_await f(makeArgs(1, 2));
    Result<int> named{co_await f(args)};
    TARN_CO_TRY(const int x, co_await f(Range{0, 1})); // EXPECT
    TARN_CO_TRY(const int y, co_await f(args));
    if (co_await f({1})) { // EXPECT
        use(x, Args{2});
    }
    for (const int i : {1, 2, 3}) {
        co_await f(i);
    }
    switch (values[index[0]]) {
    case 1: {
        co_await f(args);
        break;
    }
    default: co_await f(args); break;
    }
    co_return Result<void>{};
}

asio::awaitable<void> closures(int x)
{
    co_await runOn(pool, [x] { return x; }); // EXPECT
    co_await runOn(pool, [y = x] { return y; }); // EXPECT
    co_await runOn(pool, [=] { return x; }); // EXPECT
    co_await runOn(pool, [&] { return x; });
    co_await runOn(pool, [&x, this] { return Args{x}; });
    auto job = [x] { return x; };
    co_await runOn(pool, std::move(job));
    co_await runOn(pool, [x] { return x; }); // C4: x is an int, destroying it twice does nothing
}

asio::awaitable<void> others(bool b)
{
    const int x = b ? co_await f(1) : 2; // EXPECT
    const int y = b ? 1 : 2;
    co_await f(b ? std::string("one") : std::string("two")); // EXPECT
    co_await f(b ? "one"
                   " and more"
                 : "two");
    co_await f(b ? x : kTwo, 3);
    co_await f(b ? one() : two); // EXPECT
    try {
        co_await f(y);
    } catch (const std::exception& e) {
        co_await f(x); // EXPECT
    }
    {
        const std::lock_guard lock(m_mutex);
        co_await f(x); // EXPECT
    }
    co_await f(x);
}

void spawns(asio::any_io_executor executor, int x)
{
    asio::co_spawn(executor, [x]() -> asio::awaitable<void> { co_await f(x); }(), // EXPECT
                   asio::detached);
    asio::co_spawn(executor, [&]() -> asio::awaitable<void> { co_await f(x); }, asio::detached);
    asio::co_spawn(executor, [](int y) -> asio::awaitable<void> { co_await f(y); }(x),
                   asio::detached);
    auto inner = [&]() -> asio::awaitable<void> {
        co_await f({x}); // EXPECT
        co_await f(x);
    };
    run(std::move(inner), Args{x});
}

} // namespace tarn
