// SPDX-License-Identifier: Apache-2.0
/// Tensors and the operations on them. Start with [dev.hubble.kernels.Ops]: it is one page, and it
/// is all that the models use.
package dev.hubble.kernels;
