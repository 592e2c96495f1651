// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import dev.hubble.kernels.Tensor;
import java.util.function.Supplier;

/// One way to solve a problem on a GPU, ready to be done as often as one likes.
///
/// @param title what a person calls it
/// @param call asks the GPU for it, and returns where the result will be
public record GpuRung(String title, Supplier<Tensor> call) {}
