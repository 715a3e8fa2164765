// movements: what this node moves by itself, shares from its outbox to members and shares that are
// made anew: what runs, and what ran last. Engine thread. Source: core/doc/protocol/control.md.
#pragma once

#include "core/base/clock.h"
#include "core/control/transfer_values.h"

#include <deque>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace tarn::profiles {

class Movements
{
    struct State;

public:
    static constexpr std::size_t kKept = 20; ///< that have ended

    /// The clock outlives it, and all that runs.
    explicit Movements(Clock& clock);
    Movements(const Movements&) = delete;
    Movements& operator=(const Movements&) = delete;

    /// One that runs; gone without an end it was cancelled. It may outlive the Movements: so do
    /// coroutines that were given up.
    class Running
    {
    public:
        Running(std::shared_ptr<State> all, control::TransferView what);
        ~Running();
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

        /// Where bytes that moved are counted, as long as it runs.
        std::uint64_t& bytes() { return m_place->bytes; }
        void succeed();
        void fail(std::string why);

    private:
        std::shared_ptr<State> m_all;
        std::list<control::TransferView>::iterator m_place;
    };
    /// \param what  its id and times are made here.
    std::unique_ptr<Running> begin(control::TransferView what);

    bool any() const { return !m_state->running.empty(); }
    /// Those that run first, then those that ended last.
    std::vector<control::TransferView> all() const;

private:
    struct State
    {
        explicit State(Clock& time) : clock(time) {}
        Clock& clock;
        std::uint64_t next = 1;
        std::list<control::TransferView> running; ///< newest first
        std::deque<control::TransferView> ended;  ///< the same
    };

    std::shared_ptr<State> m_state;
};

} // namespace tarn::profiles
