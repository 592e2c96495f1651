// SPDX-License-Identifier: Apache-2.0

/// The ladder of the 3x3 convolution.
@org.jspecify.annotations.NullMarked
package dev.hubble.bench.ladder.convolution;
