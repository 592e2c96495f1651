// SPDX-License-Identifier: Apache-2.0

/// Measures the operations and the models at the shapes of Stable Diffusion v1.
@org.jspecify.annotations.NullMarked
package dev.hubble.bench;
