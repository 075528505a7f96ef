"""System of record: deliveries, editions, publications, the audit chain, the identity vault, exports."""
