// lineage_codec: lineages as fields of the protobuf messages. For the .cpp files of this folder.
#pragma once

#include "core/membership/lineage.h"

namespace tarn::membership {

/// For repeated fields of bytes.
template <class Field>
void writeLineage(const Lineage& lineage, Field& into)
{
    for (const AdmissionPtr& step : lineage.steps())
        into.Add(textOf(step->bytes));
}

template <class Field>
Result<Lineage> readLineage(LineageReader& reader, const Field& from)
{
    std::vector<std::string_view> steps;
    for (const std::string& bytes : from) {
        if (steps.size() > kMaxDepth) break;
        steps.emplace_back(bytes);
    }
    return reader.read(steps);
}

/// Only whether it went well.
template <class T>
Result<void> discardValue(const Result<T>& result)
{
    return result ? ok() : Result<void>(result.error());
}

} // namespace tarn::membership
