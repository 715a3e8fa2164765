// result: a value or the Error that came instead; the member names of C++23 std::expected.
#pragma once

#include "core/base/check.h"
#include "core/base/error.h"

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace tarn {

namespace detail {
Error noResult();
} // namespace detail

/// Default-constructed it is an error (Asio default-constructs the result of a coroutine that
/// ended by exception), so a forgotten value never looks like success. A plain union instead of a
/// std::variant, whose many base classes every file would compile anew for every T.
template <class T>
class [[nodiscard]] Result
{
public:
    using value_type = T;

    Result() : m_error(detail::noResult()), m_hasValue(false) {}
    Result(T value) : m_value(std::move(value)), m_hasValue(true) {}
    Result(Error error) : m_error(std::move(error)), m_hasValue(false) {}
    Result(const Result& other) requires std::is_copy_constructible_v<T> { construct(other); }
    Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
    {
        construct(std::move(other));
    }
    Result& operator=(const Result& other) requires std::is_copy_constructible_v<T>
    {
        if (this != &other) assign(Result(other));
        return *this;
    }
    Result& operator=(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
    {
        if (this != &other) assign(std::move(other));
        return *this;
    }
    ~Result() { destroy(); }

    bool has_value() const noexcept { return m_hasValue; }
    explicit operator bool() const noexcept { return m_hasValue; }

    T& value() &
    {
        TARN_ASSERT(m_hasValue);
        return m_value;
    }
    const T& value() const&
    {
        TARN_ASSERT(m_hasValue);
        return m_value;
    }
    T&& value() && { return static_cast<T&&>(value()); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return static_cast<T&&>(value()); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    template <class U>
    T value_or(U&& other) const&
    {
        return m_hasValue ? m_value : static_cast<T>(std::forward<U>(other));
    }

    const Error& error() const&
    {
        TARN_ASSERT(!m_hasValue);
        return m_error;
    }
    Error&& error() &&
    {
        TARN_ASSERT(!m_hasValue);
        return static_cast<Error&&>(m_error);
    }

private:
    template <class Other>
    void construct(Other&& other)
    {
        m_hasValue = other.m_hasValue;
        if (m_hasValue)
            ::new (static_cast<void*>(std::addressof(m_value)))
                T(std::forward<Other>(other).m_value);
        else
            ::new (static_cast<void*>(std::addressof(m_error)))
                Error(std::forward<Other>(other).m_error);
    }
    void assign(Result&& other)
    {
        static_assert(std::is_nothrow_move_constructible_v<T>, "half a move would leave nothing");
        destroy();
        construct(std::move(other));
    }
    void destroy() noexcept
    {
        if (m_hasValue)
            m_value.~T();
        else
            m_error.~Error();
    }

    union {
        T m_value;
        Error m_error;
    };
    bool m_hasValue;
};

template <>
class [[nodiscard]] Result<void>
{
public:
    using value_type = void;

    Result() : m_error(detail::noResult()), m_failed(true) {}
    Result(Error error) : m_error(std::move(error)), m_failed(true) {}
    static Result ok() { return Result(Ok()); }

    bool has_value() const noexcept { return !m_failed; }
    explicit operator bool() const noexcept { return !m_failed; }
    const Error& error() const&
    {
        TARN_ASSERT(m_failed);
        return m_error;
    }
    Error&& error() &&
    {
        TARN_ASSERT(m_failed);
        return static_cast<Error&&>(m_error);
    }

private:
    struct Ok
    {
    };
    explicit Result(Ok /*tag*/);

    Error m_error; ///< empty unless it failed
    bool m_failed;
};

/// `return ok();` from a function that returns Result<void>.
inline Result<void> ok()
{
    return Result<void>::ok();
}

} // namespace tarn

#define TARN_CONCAT_(a, b) a##b
#define TARN_CONCAT(a, b) TARN_CONCAT_(a, b)
#define TARN_TRY_(ret, tmp, decl, ...)                                                             \
    auto tmp = (__VA_ARGS__);                                                                      \
    if (!tmp) ret std::move(tmp).error();                                                          \
    decl = *std::move(tmp)
#define TARN_TRY_VOID_(ret, tmp, ...)                                                              \
    do {                                                                                           \
        auto tmp = (__VA_ARGS__);                                                                  \
        if (!tmp) ret std::move(tmp).error();                                                      \
    } while (false)

/// TARN_TRY(const T x, f()): x = the value, or return the error as it is.
#define TARN_TRY(decl, ...) TARN_TRY_(return, TARN_CONCAT(tarnTry, __COUNTER__), decl, __VA_ARGS__)
#define TARN_TRY_VOID(...) TARN_TRY_VOID_(return, TARN_CONCAT(tarnTry, __COUNTER__), __VA_ARGS__)
/// The same in coroutines: TARN_CO_TRY(T x, co_await f()).
#define TARN_CO_TRY(decl, ...)                                                                     \
    TARN_TRY_(co_return, TARN_CONCAT(tarnTry, __COUNTER__), decl, __VA_ARGS__)
#define TARN_CO_TRY_VOID(...)                                                                      \
    TARN_TRY_VOID_(co_return, TARN_CONCAT(tarnTry, __COUNTER__), __VA_ARGS__)
