#include "core/base/result.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace tarn;

namespace {

/// Counts how many of its kind there are.
class Counted
{
public:
    explicit Counted(int value) : m_value(value) { ++s_alive; }
    Counted(const Counted& other) : m_value(other.m_value) { ++s_alive; }
    Counted(Counted&& other) noexcept : m_value(other.m_value)
    {
        other.m_value = -1;
        ++s_alive;
    }
    Counted& operator=(const Counted&) = default;
    Counted& operator=(Counted&&) = default;
    ~Counted() { --s_alive; }

    int value() const { return m_value; }
    static int alive() { return s_alive; }

private:
    int m_value;
    inline static int s_alive = 0;
};

// Long enough to lie on the heap, where a sanitizer sees what happens to it.
const std::string kLong(100, 'x');

Error failure()
{
    return Error(ErrorCode::Timeout, kLong);
}

bool isFailure(const Result<Counted>& result)
{
    return !result && result.error().code() == ErrorCode::Timeout &&
           result.error().message() == kLong;
}

/// What a result should be: a value, or none for the failure.
using Model = std::optional<int>;

Result<Counted> resultOf(const Model& model)
{
    if (model) return Counted(*model);
    return failure();
}

bool matches(const Result<Counted>& result, const Model& model)
{
    if (!model) return isFailure(result);
    return result && result->value() == *model;
}

Result<int> half(int number)
{
    if (number % 2 != 0) return Error(ErrorCode::InvalidInput, "odd");
    return number / 2;
}

Result<int> quarter(int number)
{
    TARN_TRY(const int first, half(number));
    TARN_TRY(const int second, half(first));
    return second;
}

Result<void> requireEven(int number)
{
    TARN_TRY_VOID(half(number));
    return ok();
}

} // namespace

class TestResult final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { QCOMPARE(Counted::alive(), 0); }

    void nothingLooksLikeSuccess()
    {
        const Result<int> value;
        QVERIFY(!value);
        QCOMPARE(value.error().code(), ErrorCode::Internal);
        const Result<void> nothing;
        QVERIFY(!nothing);
        QCOMPARE(nothing.error().code(), ErrorCode::Internal);
        QVERIFY(ok());
    }
    void copiesAreAlike()
    {
        for (const Model& model : {Model(7), Model()}) {
            const Result<Counted> first = resultOf(model);
            const Result<Counted> second = first;
            QVERIFY(matches(first, model));
            QVERIFY(matches(second, model));
        }
    }
    void movesTakeTheValue()
    {
        Result<std::unique_ptr<int>> first = std::make_unique<int>(7);
        Result<std::unique_ptr<int>> second = std::move(first);
        QVERIFY(second);
        QCOMPARE(**second, 7);
        std::unique_ptr<int> taken = *std::move(second);
        QCOMPARE(*taken, 7);
        Result<std::unique_ptr<int>> failed = failure();
        second = std::move(failed);
        QCOMPARE(second.error().message(), kLong);
        const Error error = std::move(second).error();
        QCOMPARE(error.message(), kLong);
    }
    void assignmentFromAndToBothKinds()
    {
        for (const Model& before : {Model(1), Model()}) {
            for (const Model& after : {Model(2), Model()}) {
                Result<Counted> copied = resultOf(before);
                const Result<Counted> source = resultOf(after);
                copied = source;
                QVERIFY(matches(copied, after));
                QVERIFY(matches(source, after));
                Result<Counted> moved = resultOf(before);
                moved = resultOf(after);
                QVERIFY(matches(moved, after));
            }
        }
    }
    void assignmentToItself()
    {
        for (const Model& model : {Model(1), Model()}) {
            Result<Counted> result = resultOf(model);
            Result<Counted>& same = result;
            result = same;
            QVERIFY(matches(result, model));
            result = std::move(same);
            QVERIFY(matches(result, model));
        }
    }
    void anySequenceOfAssignments()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            std::vector<Model> models(4);
            std::vector<Result<Counted>> results;
            for (const Model& model : models)
                results.push_back(resultOf(model));
            for (int step = 0; step < 50; ++step) {
                const auto to = static_cast<std::size_t>(random.below(4));
                const auto from = static_cast<std::size_t>(random.below(4));
                switch (random.below(3)) {
                case 0:
                    models[to] = models[from];
                    results[to] = results[from];
                    break;
                case 1:
                    models[to] = step;
                    results[to] = Counted(step);
                    break;
                default:
                    models[to].reset();
                    results[to] = failure();
                }
            }
            bool good = true;
            for (std::size_t i = 0; i < models.size(); ++i)
                good = good && matches(results[i], models[i]);
            return good;
        }));
    }
    void valueOrAnother()
    {
        QCOMPARE(half(4).value_or(9), 2);
        QCOMPARE(half(3).value_or(9), 9);
    }
    void errorsPassThrough()
    {
        QCOMPARE(*quarter(8), 2);
        QCOMPARE(quarter(6).error().message(), std::string("odd"));
        QVERIFY(requireEven(2));
        QCOMPARE(requireEven(1).error().code(), ErrorCode::InvalidInput);
        Result<void> done = ok();
        done = requireEven(3);
        QVERIFY(!done);
        done = ok();
        QVERIFY(done);
    }
};

QTEST_GUILESS_MAIN(TestResult)
#include "test_result.moc"
