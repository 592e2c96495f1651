// SPDX-License-Identifier: Apache-2.0

/// The ladder of the matrix product.
@org.jspecify.annotations.NullMarked
package dev.hubble.bench.ladder.gemm;
