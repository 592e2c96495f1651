// SPDX-License-Identifier: Apache-2.0
/// Bytes and number formats: what every kind of weight file has in common.
package dev.hubble.weights.data;
