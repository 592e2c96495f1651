// SPDX-License-Identifier: Apache-2.0
/// What every backend whose tensors are Java arrays shares: tensors, scopes, argument checks and
/// the operations that only move numbers.
package dev.hubble.kernels.heap;
