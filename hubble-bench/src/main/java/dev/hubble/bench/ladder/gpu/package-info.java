// SPDX-License-Identifier: Apache-2.0
/// Ladders on a GPU: kernels from one thread per result up to those in production, timed by the
/// GPU's own clock, beside NVIDIA's libraries where the host has them.
@org.jspecify.annotations.NullMarked
package dev.hubble.bench.ladder.gpu;
