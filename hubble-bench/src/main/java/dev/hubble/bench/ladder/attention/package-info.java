// SPDX-License-Identifier: Apache-2.0

/// The ladder of attention.
@org.jspecify.annotations.NullMarked
package dev.hubble.bench.ladder.attention;
