// SPDX-License-Identifier: Apache-2.0

/// Ladders: an operation computed in several ways, one idea more on every rung, from the formula as
/// it stands in a book up to the kernel in production. Written to be read; what is fast is measured
/// beside what is plain.
@org.jspecify.annotations.NullMarked
package dev.hubble.bench.ladder;
