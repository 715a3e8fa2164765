// result: a value or the Error that came instead; the member names of C++23 std::expected.
#pragma once

#include "core/base/check.h"
#include "core/base/error.h"

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace tarn {

/// Default-constructed it is an error (Asio default-constructs the result of a coroutine that
/// ended by exception), so a forgotten value never looks like success.
template <class T>
class [[nodiscard]] Result
{
public:
    using value_type = T;

    Result() : m_state(std::in_place_index<1>, ErrorCode::Internal, "no result") {}
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const noexcept { return m_state.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& value() &
    {
        TARN_ASSERT(has_value());
        return *std::get_if<0>(&m_state);
    }
    const T& value() const&
    {
        TARN_ASSERT(has_value());
        return *std::get_if<0>(&m_state);
    }
    T&& value() && { return std::move(value()); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    template <class U>
    T value_or(U&& other) const&
    {
        return has_value() ? value() : static_cast<T>(std::forward<U>(other));
    }

    const Error& error() const&
    {
        TARN_ASSERT(!has_value());
        return *std::get_if<1>(&m_state);
    }
    Error&& error() &&
    {
        TARN_ASSERT(!has_value());
        return std::move(*std::get_if<1>(&m_state));
    }

private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void>
{
public:
    using value_type = void;

    Result() : m_error(Error(ErrorCode::Internal, "no result")) {}
    Result(Error error) : m_error(std::move(error)) {}
    static Result ok()
    {
        Result result;
        result.m_error.reset();
        return result;
    }

    bool has_value() const noexcept { return !m_error; }
    explicit operator bool() const noexcept { return has_value(); }
    const Error& error() const&
    {
        TARN_ASSERT(m_error);
        return *m_error;
    }
    Error&& error() &&
    {
        TARN_ASSERT(m_error);
        return std::move(*m_error);
    }

private:
    std::optional<Error> m_error;
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
