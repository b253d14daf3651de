"""A stand-in for Stripe on this machine: the part of its API that the club uses, its payment page, its messages.

Written after Stripe's public documentation and the types that its library is generated with. No money moves, no card
number is kept, and production settings refuse its address.
"""
